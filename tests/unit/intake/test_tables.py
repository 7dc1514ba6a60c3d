"""Tables: Meta's, VIGINUM's and any other."""

from pathlib import Path

import pytest

from tests.unit.intake.conftest import Import, bodies_of, defects, keys_in, only, said_of
from tocsin.foundation import BadInputError
from tocsin.intake import DateOrder, Role, mapping_from_json, mapping_to_json, preview_mapping
from tocsin.records import Tlp
from tocsin.vault import Vault

KILL_CHAIN = "0. Acquiring assets,0.6 Acquiring domains,0.6.2 For operations"


@pytest.mark.parametrize(
    "header",
    [
        "Tactic,Technique,Procedure,Indicator",
        "Tactic ,Technique,Procedure,Indicator,Notes",
        "Tactic,Technique,Procedure,Indicator,Comments",
        "Tactic,Technique,Procedure,Indicator,Commernts",
        "\ufeffTactic,Technique,Procedure,Indicator ,Note",
        "tactic,technique,procedure,indicators,Remarks",
    ],
)
def test_every_header_of_metas_kill_chain_files_is_known(
    importing: Import, vault: Vault, header: str
) -> None:
    said = f"{KILL_CHAIN},spoof[.]example" + (",a note" if header.count(",") > 3 else "")
    report = importing(f"{header}\n{said}\n".encode())
    assert only(report).format == "meta-kill-chain"
    (heard,) = said_of(vault, "domain:spoof.example")
    assert heard["procedure"] == "0.6.2 For operations"
    assert heard.get("comment") == ("a note" if header.count(",") > 3 else None)


def test_metas_tables_may_be_separated_by_tabs(importing: Import, vault: Vault) -> None:
    text = "Tactic\tTechnique\tProcedure\tIndicator\n0. A\t0.6 B\t0.6.2 C\tspoof[.]example\n"
    assert only(importing(text.encode())).format == "meta-kill-chain"
    assert keys_in(vault) == {"domain:spoof.example"}


def test_a_registration_date_in_metas_comment_is_never_an_observation(
    importing: Import, vault: Vault
) -> None:
    importing(
        "Tactic,Technique,Procedure,Indicator,Comments\n"
        f'{KILL_CHAIN},spoof[.]example,"Spoof Registration date: 9/5/2024, '
        'Country likely targeted: France"\n'.encode()
    )
    (heard,) = said_of(vault, "domain:spoof.example")
    assert heard["registered_on"] == "2024-09-05"
    assert heard["registered_on_as_written"] == "9/5/2024"
    assert heard["country"] == "France"
    assert "first_observed" not in heard
    with vault.read() as snapshot:
        assert snapshot.private.first_observed(["domain:spoof.example"]) == {
            "domain:spoof.example": None
        }


def test_viginums_first_seen_is_an_observation_and_its_creation_date_is_not(
    importing: Import, vault: Vault
) -> None:
    importing(
        b"\xef\xbb\xbfdomain,create date,first seen,type\n"
        b"a-news[.]example,07/03/2013,,domain\nfr[.]a-news[.]example,,23/05/2024,subdomain\n"
    )
    (created,) = said_of(vault, "domain:a-news.example")
    (seen,) = said_of(vault, "domain:fr.a-news.example")
    assert created["registered_on"] == "2013-03-07"
    assert "first_observed" not in created
    assert seen["first_observed"] == "2024-05-23T00:00:00.000000Z"
    assert seen["first_observed_precision"] == "day"


def test_a_list_date_is_the_day_of_the_report(importing: Import, vault: Vault) -> None:
    importing(
        b"indicator_type,indicator_value,comment,ds\ndomain_name,news[.]example,Host,2024-05-03\n"
    )
    (heard,) = said_of(vault, "domain:news.example")
    assert heard["reported_on"] == "2024-05-03"
    assert heard["kind"] == "domain_name"


def test_an_app_in_metas_list_is_not_taken_for_a_host(importing: Import, vault: Vault) -> None:
    importing(
        b"indicator_type,indicator_value,comment,ds\n"
        b"android_package_name,com.example.chat,Chat,2024-05-03\n"
    )
    assert "app:android/com.example.chat" in keys_in(vault)
    assert not any(key.startswith("domain:") for key in keys_in(vault))


def test_a_quantity_is_kept_as_a_quantity_and_a_sentence_as_a_passage(
    importing: Import, vault: Vault
) -> None:
    report = only(
        importing(
            b"Tactic,Technique,Procedure,Indicator\n0. A,0.9 B,0.9.1 C,423 X accounts\n"
            b"7. A,7.2 B,7.2.2 C,They posed as locals in several towns.\n"
        )
    )
    assert (report.records, report.kept) == (2, 2)
    assert defects(report) == {"quantity": (1, 0), "prose": (1, 0)}
    (quantity,) = bodies_of(vault, "x-tocsin-quantity")
    assert (quantity["count"], quantity["unit"], quantity["platform"]) == (
        423,
        "account",
        "twitter",
    )
    (passage,) = bodies_of(vault, "x-tocsin-passage")
    assert passage["content"] == "They posed as locals in several towns."
    assert keys_in(vault) == set()


def test_a_row_without_indicator_is_named_and_a_blank_line_is_no_record(
    importing: Import,
) -> None:
    report = only(
        importing(
            b"Tactic,Technique,Procedure,Indicator\n,,,\n0. A,0.9 B,0.9.1 C,\n"
            b"0. A,0.6 B,0.6.2 C,a[.]example\n"
        )
    )
    assert (report.records, report.kept) == (2, 1)
    assert defects(report) == {"empty-indicator": (1, 1)}
    assert report.defects[0].examples[0].startswith("row 3: 0. A")


def test_a_missing_tactic_is_named_and_a_cell_over_several_lines_is_one_row(
    importing: Import, vault: Vault
) -> None:
    report = only(
        importing(
            b"Tactic,Technique,Procedure,Indicator,Notes\n"
            b',0.6 B,0.6.2 C,a[.]example,"first line\nsecond line"\n'
            b"0. A,0.6 B,0.6.2 C,b[.]example,\n"
        )
    )
    assert (report.records, report.kept) == (2, 2)
    assert defects(report) == {"missing-tactic": (1, 0)}
    assert said_of(vault, "domain:a.example")[0]["comment"] == "first line\nsecond line"


def test_the_same_host_from_two_lists_is_one_object_with_both_sources(
    importing: Import, vault: Vault
) -> None:
    first = b"domain,create date,first seen,type\nspoof[.]example,07/03/2013,,domain\n"
    second = b"indicator_type,indicator_value,comment,ds\ndomain_name,SPOOF.example,x,2024-05-03\n"
    report = importing(first, second)
    assert (report.new, report.known) == (1, 1)
    assert len(bodies_of(vault, "domain-name")) == 1
    assert len(said_of(vault, "domain:spoof.example")) == 2


def test_the_same_thing_twice_in_a_file_is_two_mentions_and_named(
    importing: Import, vault: Vault
) -> None:
    report = only(importing(b"# list\na[.]example\nb[.]example\na.example\n"))
    assert (report.records, report.kept) == (3, 3)
    assert defects(report) == {"duplicate": (1, 0)}
    assert len(said_of(vault, "domain:a.example")) == 2


def test_a_second_import_adds_nothing(importing: Import, vault: Vault) -> None:
    data = (
        b"Tactic,Technique,Procedure,Indicator\n0. A,0.9 B,0.9.1 C,12 Pages\n"
        b"0. A,0.6 B,0.6.2 C,a[.]example\n"
    )
    first = importing(data)
    with vault.read() as snapshot:
        size = snapshot.log.size
    second = importing(data)
    assert (first.new, second.new, second.known) == (2, 0, 2)
    assert second.files == first.files
    with vault.read() as snapshot:
        assert snapshot.log.size == size


def test_an_unknown_table_is_guessed_shown_corrected_and_remembered(
    importing: Import, vault: Vault, tmp_path: Path
) -> None:
    data = "quand;ou;qui\n13/02/2024;a-one[.]example;x\n14/02/2024;b-two[.]example;y\n"
    path = tmp_path / "list.csv"
    path.write_text(data, encoding="utf-8")
    guessed = preview_mapping(path)
    assert guessed is not None
    assert [column.role for column in guessed.columns] == [Role.OTHER, Role.VALUE, Role.OTHER]
    corrected = guessed.corrected({"quand": "first_observed", "3": "label"}, date_order="day-first")
    assert mapping_from_json(mapping_to_json(corrected)) == corrected
    importing(path, mapping=corrected)
    again = tmp_path / "next.csv"
    again.write_text(data.replace("a-one", "c-three"), encoding="utf-8")
    report = only(importing(again))
    assert report.mapping == corrected
    (heard,) = said_of(vault, "domain:c-three.example")
    assert heard["first_observed"] == "2024-02-13T00:00:00.000000Z"
    assert heard["label"] == "x"


def test_a_correction_must_name_a_column_and_a_role_that_exist(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("domain,note\na[.]example,x\nb[.]example,y\n", encoding="utf-8")
    guessed = preview_mapping(path)
    assert guessed is not None
    with pytest.raises(BadInputError, match="no column 'nope'"):
        guessed.corrected({"nope": "value"})
    with pytest.raises(BadInputError, match="role 'nope'"):
        guessed.corrected({"note": "nope"})
    with pytest.raises(BadInputError, match="date order"):
        guessed.corrected({}, date_order="year-first")


def test_a_mapping_for_another_table_is_not_forced_on_this_one(
    importing: Import, tmp_path: Path
) -> None:
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    one.write_text("domain,note\na[.]example,x\nb[.]example,y\n", encoding="utf-8")
    other.write_text("remark,host\nx,c[.]example\ny,d[.]example\n", encoding="utf-8")
    mapping = preview_mapping(one)
    report = only(importing(other, mapping=mapping))
    assert report.kept == 2
    assert "mapping-not-used" in defects(report)


def test_accounts_in_a_column_belong_to_the_platform_of_its_header(
    importing: Import, vault: Vault
) -> None:
    importing(b"name,telegram_handle,twitterUsername\nA,@one_channel,some_body\nB,,other_body\n")
    assert keys_in(vault) == {
        "account:telegram/@one_channel",
        "account:twitter/@some_body",
        "account:twitter/@other_body",
    }


def test_a_date_that_could_be_two_days_is_not_read(importing: Import, vault: Vault) -> None:
    report = only(
        importing(b"domain,first seen,note\na[.]example,03/04/2024,x\nb[.]example,04/05/2024,y\n")
    )
    assert defects(report) == {"ambiguous-date": (2, 0)}
    (heard,) = said_of(vault, "domain:a.example")
    assert heard["first_observed_as_written"] == "03/04/2024"
    assert "first_observed" not in heard


def test_the_order_of_dates_is_taken_from_the_dates_that_prove_it(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        "domain,created\na[.]example,03/04/2024\nb[.]example,25/05/2024\n", encoding="utf-8"
    )
    guessed = preview_mapping(path)
    assert guessed is not None
    assert guessed.date_order is DateOrder.DAY_FIRST


def test_a_table_without_header_is_read_from_its_first_row(importing: Import, vault: Vault) -> None:
    report = only(importing(b"a[.]example,x\nb[.]example,y\nc[.]example,z\n"))
    assert (report.format, report.kept) == ("table", 3)
    assert "domain:a.example" in keys_in(vault)


def test_a_table_without_indicators_is_lost_row_by_row(importing: Import) -> None:
    report = only(importing(b"city,people\nParis,2\nRome,3\n", format="table"))
    assert defects(report) == {"no-value-column": (2, 2)}


def test_a_markings_default_is_said_of_every_row(importing: Import, vault: Vault) -> None:
    importing(b"a[.]example\nb[.]example\n", default_tlp=Tlp.AMBER)
    assert said_of(vault, "domain:a.example")[0]["marking"] == "TLP:AMBER"


@pytest.mark.parametrize(
    ("above", "named"),
    [
        ("sep=;\r\n", 1),
        ("Indicators of operation X\nGenerated 2024-05-03\n\n", 2),
        ("List of domains\n", 1),
        ('"Title, with a comma";;\n', 1),
    ],
)
def test_what_stands_above_the_header_is_named_and_hides_no_column(
    importing: Import, vault: Vault, above: str, named: int
) -> None:
    rows = "domain;created on;note\na[.]example;13/02/2024;x\nb[.]example;14/02/2024;y\n"
    report = only(importing((above + rows).encode()))
    assert (report.format, report.records, report.kept) == ("table", 2, 2)
    assert defects(report) == {"above-header": (named, 0)}
    assert said_of(vault, "domain:a.example")[0]["registered_on"] == "2024-02-13"


def test_a_known_format_is_known_below_a_title(importing: Import, vault: Vault) -> None:
    text = "Meta, Q3\n\nTactic,Technique,Procedure,Indicator\n0. A,0.6 B,0.6.2 C,spoof[.]example\n"
    assert only(importing(text.encode())).format == "meta-kill-chain"
    assert said_of(vault, "domain:spoof.example")[0]["procedure"] == "0.6.2 C"


def test_values_are_no_title_even_where_the_first_row_has_one_cell(
    importing: Import, vault: Vault
) -> None:
    importing(b"a.example\nb.example,x\nc.example,y\nd.example,z\n", format="table")
    assert keys_in(vault) == {f"domain:{name}.example" for name in "abcd"}


def test_french_column_names_are_known(importing: Import, vault: Vault) -> None:
    header = "Nom de domaine;Date de création;Première observation"
    text = f"{header}\na[.]example;13/02/2024;15/02/2024\n"
    importing(text.encode())
    (said,) = said_of(vault, "domain:a.example")
    assert (said["registered_on"], said["first_observed_as_written"]) == (
        "2024-02-13",
        "15/02/2024",
    )


def test_a_row_of_data_that_speaks_of_domains_is_no_header(importing: Import) -> None:
    rows = "Tactic,Technique,Procedure\n0. Get,0.1 Get hosts,0.1.1 Owned domains\n"
    assert only(importing(rows.encode())).format == "meta-kill-chain-terms"


def test_where_a_report_is_found_is_no_indicator(importing: Import, vault: Vault) -> None:
    rows = "title,reference urls\nOne,https://a.example/1\nTwo,https://a.example/2\n"
    assert only(importing(rows.encode(), format="table")).kept == 0
    records = b'[{"id": "one", "reference_urls": ["https://a.example/1"]}]'
    assert only(importing(records)).format == "unknown-json"
    assert keys_in(vault) == set()
