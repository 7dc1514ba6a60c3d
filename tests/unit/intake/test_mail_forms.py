"""E-mails as programs really send them: two forms of a text, forwarded messages, mailboxes."""

from email.message import EmailMessage

from tests.unit.intake.conftest import Import, defects, keys_in, only
from tocsin.vault import Vault


def mail(text: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"] = "partner@ngo.example", "us@member.example"
    made["Subject"], made["Date"] = "Neue Domains für Zürich", "Tue, 3 Nov 2026 10:00:00 +0000"
    made.set_content(text, charset="iso-8859-1", cte="quoted-printable")
    return made


def test_quoted_printable_and_soft_breaks_are_undone(importing: Import, vault: Vault) -> None:
    long = "hxxps://a-n[.]example/" + "very/long/path/" * 8
    data = mail(f"Grüße aus Zürich, siehe {long} und b-n[.]example\n").as_bytes()
    assert b"=\n" in data
    assert only(importing(data)).format == "mail"
    expected = long.replace("hxxps", "https").replace("[.]", ".")
    assert {f"url:{expected}", "domain:b-n.example"} <= keys_in(vault)


def test_what_only_the_html_form_names_is_kept_and_the_rest_is_not_doubled(
    importing: Import, vault: Vault
) -> None:
    made = mail("See b-n[.]example.\n")
    made.add_alternative(
        "<table><tr><td>b-n[.]example</td><td>2024-05-03</td></tr>"
        "<tr><td>c-n[.]example</td><td>x</td></tr></table>"
        "<a href='hxxps://d-n[.]example/y'>link</a> <a href='mailto:x@ngo.example'>me</a>",
        subtype="html",
    )
    report = only(importing(made.as_bytes()))
    assert (report.records, report.kept, defects(report)) == (3, 3, {})
    assert keys_in(vault) == {
        "domain:b-n.example", "domain:c-n.example",
        "url:https://d-n.example/y", "url:http://d-n.example/y",
    }  # fmt: skip


def test_a_link_that_shows_its_own_address_is_one_record(importing: Import) -> None:
    made = mail("")
    made.set_content(
        "<p><a href='https://a-n.example/x'>https://a-n.example/x</a></p>", subtype="html"
    )
    report = only(importing(made.as_bytes()))
    assert (report.records, defects(report)) == (1, {})


def test_a_forwarded_message_and_its_attachment_are_read(importing: Import, vault: Vault) -> None:
    inner = mail("Look at a-n[.]example\n")
    inner.add_attachment(b"domain,note\nb-n[.]example,x\n", maintype="text", subtype="csv")
    outer = mail("See below.\n")
    outer.add_attachment(inner)
    report = only(importing(outer.as_bytes()))
    assert (report.records, report.kept) == (2, 2)
    assert keys_in(vault) == {"domain:a-n.example", "domain:b-n.example"}


def test_messages_that_hold_each_other_without_end_are_read_to_a_limit(importing: Import) -> None:
    made = mail("a-n[.]example\n")
    for _ in range(12):
        outer = mail("more\n")
        outer.add_attachment(made)
        made = outer
    assert defects(only(importing(made.as_bytes())))["attachment"] == (1, 1)


def test_of_a_mailbox_every_message_is_read_and_no_sender_is_an_indicator(
    importing: Import, vault: Vault
) -> None:
    box = b"".join(
        b"From partner@ngo.example Tue Nov  3 10:00:00 2026\n" + mail(text).as_bytes() + b"\n\n"
        for text in ("a-n[.]example\n", "b-n[.]example\n\n>From here on c-n[.]example\n")
    )
    report = only(importing(box))
    assert (report.format, report.records, report.kept) == ("mail", 3, 3)
    assert keys_in(vault) == {f"domain:{letter}-n.example" for letter in "abc"}
