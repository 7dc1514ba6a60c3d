"""Trust: keys, signatures, seals, log proofs and private overlap. Bytes in, bytes out.

Takes bytes and gives
- keys and the node's key ring (`SigningKey`, `SealingKey`, `KeyRing`, and their public parts),
- signatures over a type and a payload (`sign`, `verify`: DSSE with Ed25519),
- seals to several recipients (`seal`, `open_sealed`: HPKE and ChaCha20-Poly1305),
- escrowed authorship that two persons open together (`escrowed`, `open_outer`, `open_inner`),
- a Merkle log and its proofs (`merkle`), checkpoints and witnesses (`checkpoint`: C2SP forms),
- the primitives of the private overlap (`HolderKey`, `Asking`: VOPRF of RFC 9497).

Invariants: no disk, no network, no clock of its own. Libraries do the cryptography; secrets come
from the operating system, never from a seedable source, and no `repr` or error shows one. What
does not hold raises `TrustError`, what is not of its form `BadInputError`; no check returns a
truth value that could go unread. Everything signed, sealed or derived names its purpose, so that
no output of one use passes for another. May import `foundation` and `records` only.
"""

from tocsin.trust.checkpoint import (
    Checkpoint,
    cosign,
    read_note,
    sign_checkpoint,
    verify_cosignature,
    verify_note,
)
from tocsin.trust.dsse import Signature, pae, sign, verify
from tocsin.trust.escrow import (
    Opening,
    check_escrow_form,
    escrowed,
    member_of,
    open_inner,
    open_outer,
    verify_content,
    verify_opening,
    with_escrow,
)
from tocsin.trust.keyring import KeyRing, Keys, PublicKeys
from tocsin.trust.keys import SealingKey, SealingPublicKey, SigningKey, VerifyKey
from tocsin.trust.merkle import (
    EMPTY_ROOT,
    NONCE_BYTES,
    Frontier,
    NewNode,
    NodeReader,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    salted,
    verify_consistency,
    verify_inclusion,
)
from tocsin.trust.objects import (
    OBJECT_PAYLOAD,
    SEALED_TYPE,
    open_object,
    seal_object,
    sealed_id_of,
    sign_object,
    verify_object,
)
from tocsin.trust.oprf import (
    TAG_BYTES,
    Asking,
    HolderKey,
    element_count,
    split_tags,
    tag_set,
)
from tocsin.trust.seal import SealedBytes, open_sealed, seal

__all__ = [
    "EMPTY_ROOT",
    "NONCE_BYTES",
    "OBJECT_PAYLOAD",
    "SEALED_TYPE",
    "TAG_BYTES",
    "Asking",
    "Checkpoint",
    "Frontier",
    "HolderKey",
    "KeyRing",
    "Keys",
    "NewNode",
    "NodeReader",
    "Opening",
    "PublicKeys",
    "SealedBytes",
    "SealingKey",
    "SealingPublicKey",
    "Signature",
    "SigningKey",
    "VerifyKey",
    "check_escrow_form",
    "consistency_proof",
    "cosign",
    "element_count",
    "escrowed",
    "inclusion_proof",
    "leaf_hash",
    "member_of",
    "node_hash",
    "open_inner",
    "open_object",
    "open_outer",
    "open_sealed",
    "pae",
    "read_note",
    "root",
    "salted",
    "seal",
    "seal_object",
    "sealed_id_of",
    "sign",
    "sign_checkpoint",
    "sign_object",
    "split_tags",
    "tag_set",
    "verify",
    "verify_consistency",
    "verify_content",
    "verify_cosignature",
    "verify_inclusion",
    "verify_note",
    "verify_object",
    "verify_opening",
    "with_escrow",
]
