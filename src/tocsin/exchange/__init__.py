"""Exchange: signed objects from member to member, by TAXII 2.1 or by file.

Takes signed objects from the outbox and gives delivery: the exchange's server, the node's sync,
file bundles, withdrawals; `writers` for other tools and `overlap` stand beside them.

Invariants: the exchange holds no truth of its own: whatever it passes on is signed by its author,
or by the convenor for an author that is not named; who receives is policy's one answer, stored
with the object and its log entry in one transaction; nothing is taken on either side before form,
signature, marking and audience hold; every step can be repeated without harm; plain HTTP never
leaves the machine. May import `vault` and below; its server touches no activity, detector or case.
"""

from tocsin.exchange.arrival import Refusal
from tocsin.exchange.bundles import BundleReport, read_bundle, write_bundle
from tocsin.exchange.checks import check_clock, check_exchange
from tocsin.exchange.client import Connect, ExchangeClient
from tocsin.exchange.convenor import Convenor, create_exchange
from tocsin.exchange.correction import Changes, Corrected, correct
from tocsin.exchange.directory import Directory
from tocsin.exchange.disclosure import Disclosure
from tocsin.exchange.effects import acknowledge
from tocsin.exchange.erasure import erase_here, is_released_here
from tocsin.exchange.escrow import EscrowDesk, Opened
from tocsin.exchange.join import Joined, join
from tocsin.exchange.keys import Rotation, replace_stolen_keys, rotate_keys
from tocsin.exchange.login import TaxiiLogin, taxii_login
from tocsin.exchange.membership import (
    Membership,
    community_of,
    find_membership,
    is_joined,
    membership_of,
)
from tocsin.exchange.opening import OpeningDesk, Shown
from tocsin.exchange.opening import show as show_disclosure
from tocsin.exchange.reaffirm import Reaffirmed, in_question, reaffirm
from tocsin.exchange.receipts import Receipt, Receipts, receipts
from tocsin.exchange.refilling import awaited_members, declare_restored, reopen
from tocsin.exchange.serve import Front, Tls, serve, serve_by_workers
from tocsin.exchange.server.app import build_app
from tocsin.exchange.stolen import Theft, Touched, key_ids_of, report_stolen, touched_by
from tocsin.exchange.sync import SyncReport, sync
from tocsin.exchange.token_desk import Issued, Token, TokenDesk
from tocsin.exchange.unread import unread
from tocsin.exchange.withdraw import Withdrawn, withdraw

__all__ = [
    "BundleReport",
    "Changes",
    "Connect",
    "Convenor",
    "Corrected",
    "Directory",
    "Disclosure",
    "EscrowDesk",
    "ExchangeClient",
    "Front",
    "Issued",
    "Joined",
    "Membership",
    "Opened",
    "OpeningDesk",
    "Reaffirmed",
    "Receipt",
    "Receipts",
    "Refusal",
    "Rotation",
    "Shown",
    "SyncReport",
    "TaxiiLogin",
    "Theft",
    "Tls",
    "Token",
    "TokenDesk",
    "Touched",
    "Withdrawn",
    "acknowledge",
    "awaited_members",
    "build_app",
    "check_clock",
    "check_exchange",
    "community_of",
    "correct",
    "create_exchange",
    "declare_restored",
    "erase_here",
    "find_membership",
    "in_question",
    "is_joined",
    "is_released_here",
    "join",
    "key_ids_of",
    "membership_of",
    "read_bundle",
    "reaffirm",
    "receipts",
    "reopen",
    "replace_stolen_keys",
    "report_stolen",
    "rotate_keys",
    "serve",
    "serve_by_workers",
    "show_disclosure",
    "sync",
    "taxii_login",
    "touched_by",
    "unread",
    "withdraw",
    "write_bundle",
]
