"""The network of the groups as GraphML and GEXF 1.3, for Gephi and its like.

Labels come from outside: they are escaped, and characters that XML 1.0 cannot hold, or that hide
or turn text, stand written out.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO
from xml.sax.saxutils import escape

import numpy as np
import pyarrow as pa
from attrs import frozen

from tocsin.detect.coordination.detection import Detection
from tocsin.foundation import written_out


@frozen
class _Node:
    id: int
    label: str
    group: int


@frozen
class _Tie:
    a: int
    b: int
    objects: int
    q_value: float | None


def write_graphml(found: Detection, place: Path) -> None:
    """Write the groups' accounts and edges as GraphML (graphml.graphdrawing.org)."""
    with place.open("w", encoding="utf-8") as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        out.write('<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n')
        for key, target, kind in (
            ("label", "node", "string"),
            ("group", "node", "int"),
            ("weight", "edge", "int"),
            ("q_value", "edge", "double"),
        ):
            out.write(f'<key id="{key}" for="{target}" attr.name="{key}" attr.type="{kind}"/>\n')
        out.write('<graph edgedefault="undirected">\n')
        for node in _nodes(found):
            out.write(f'<node id="n{node.id}">')
            out.write(f'<data key="label">{_escaped(node.label)}</data>')
            out.write(f'<data key="group">{node.group}</data></node>\n')
        for tie in _ties(found):
            out.write(f'<edge source="n{tie.a}" target="n{tie.b}">')
            out.write(f'<data key="weight">{tie.objects}</data>')
            if tie.q_value is not None:
                out.write(f'<data key="q_value">{tie.q_value!r}</data>')
            out.write("</edge>\n")
        out.write("</graph>\n</graphml>\n")


def write_gexf(found: Detection, place: Path) -> None:
    """Write the groups' accounts and edges as GEXF 1.3 (gexf.net)."""
    with place.open("w", encoding="utf-8") as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        out.write('<gexf xmlns="http://gexf.net/1.3" version="1.3">\n')
        out.write('<graph defaultedgetype="undirected">\n')
        out.write('<attributes class="node">')
        out.write('<attribute id="group" title="group" type="integer"/></attributes>\n')
        out.write('<attributes class="edge">')
        out.write('<attribute id="q_value" title="q_value" type="double"/></attributes>\n')
        _write_gexf_parts(found, out)
        out.write("</graph>\n</gexf>\n")


def _write_gexf_parts(found: Detection, out: TextIO) -> None:
    out.write("<nodes>\n")
    for node in _nodes(found):
        out.write(f'<node id="{node.id}" label="{_escaped(node.label)}"><attvalues>')
        out.write(f'<attvalue for="group" value="{node.group}"/></attvalues></node>\n')
    out.write("</nodes>\n<edges>\n")
    for number, tie in enumerate(_ties(found)):
        out.write(f'<edge id="{number}" source="{tie.a}" target="{tie.b}" weight="{tie.objects}">')
        if tie.q_value is not None:
            value = f'<attvalue for="q_value" value="{tie.q_value!r}"/>'
            out.write(f"<attvalues>{value}</attvalues>")
        out.write("</edge>\n")
    out.write("</edges>\n")


def _nodes(found: Detection) -> Iterator[_Node]:
    told = np.zeros(found.shares.n_accounts, np.bool_)
    for number, group in enumerate(found.groups, 1):
        # Who ties two groups is in both; a network has a node once, in the larger one.
        accounts = group.accounts[~told[group.accounts]]
        told[accounts] = True
        labels = found.shares.accounts.take(pa.array(accounts)).to_pylist()
        for account, label in zip(accounts.tolist(), labels, strict=True):
            yield _Node(account, str(label), number)


def _ties(found: Detection) -> Iterator[_Tie]:
    for group in found.groups:
        edges = found.edges.where(group.edges)
        tests = found.tests
        q_values = None if tests is None else tests.q_value[group.edges].tolist()
        columns = np.stack([edges.a, edges.b, edges.n], axis=1).tolist()
        for place, (a, b, objects) in enumerate(columns):
            yield _Tie(a, b, objects, None if q_values is None else q_values[place])


def _escaped(text: str) -> str:
    return escape(written_out(text), {'"': "&quot;"})
