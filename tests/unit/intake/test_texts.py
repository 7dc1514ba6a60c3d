"""Lists, pasted text and e-mails."""

from email.message import EmailMessage

from tests.unit.intake.conftest import Import, defects, keys_in, only, said_of
from tocsin.vault import Vault


def test_a_list_may_be_plain_defanged_bulleted_and_commented(
    importing: Import, vault: Vault
) -> None:
    text = (
        "# from a partner\nspoof[.]example\n- hxxps://fake[.]example/story\n"
        "2. info[at]c[.]example\n\n// accounts\nt[.]me/example_news\nn/a\n"
    )
    report = only(importing(text.encode()))
    assert (report.format, report.records, report.kept) == ("list", 5, 4)
    assert defects(report) == {"placeholder": (1, 1)}
    assert "account:telegram/@example_news" in keys_in(vault)
    assert said_of(vault, "domain:spoof.example")[0]["heading"] == "from a partner"
    assert said_of(vault, "account:telegram/@example_news")[0]["heading"] == "accounts"


def test_pasted_text_gives_each_indicator_with_its_line(importing: Import, vault: Vault) -> None:
    text = (
        "Hi,\n\nwe found two new clones: spoof[.]example and www.fake.example, please check.\n"
        "They were built with Node.js.\n"
    )
    report = only(importing(text.encode()))
    assert (report.format, report.records, report.kept) == ("text", 2, 2)
    assert keys_in(vault) == {"domain:spoof.example", "domain:www.fake.example"}
    (said,) = said_of(vault, "domain:spoof.example")
    assert said["line"].startswith("we found two new clones")
    assert said["as_written"] == "spoof[.]example"


def test_a_text_without_indicators_is_named(importing: Import) -> None:
    assert defects(only(importing(b"Nothing to see here.\nMove on.\n"))) == {"no-indicator": (1, 1)}


def mail(**parts: str) -> EmailMessage:
    made = EmailMessage()
    made["From"] = "Partner <partner@ngo.example>"
    made["To"] = "team@member.example"
    made["Subject"] = "New domains"
    made["Date"] = "Tue, 03 Nov 2026 10:00:00 +0000"
    made.set_content(parts.get("text", "Hello"))
    return made


def test_a_mail_gives_what_its_text_and_its_quotes_name_but_not_its_sender(
    importing: Import, vault: Vault
) -> None:
    made = mail(text="See below.\n\n> On Monday Ana wrote:\n>> spoof[.]example\n> fake[.]example\n")
    report = only(importing(made.as_bytes()))
    assert (report.format, report.records, report.kept) == ("mail", 2, 2)
    assert keys_in(vault) == {"domain:spoof.example", "domain:fake.example"}


def test_a_mail_in_html_is_read_with_the_places_its_links_lead_to(
    importing: Import, vault: Vault
) -> None:
    made = mail()
    made.set_content(
        "<html><head><style>a.example{}</style></head><p>See <a href='https://spoof.example/a'>this"
        "</a><br>and fake[.]example</p></html>",
        subtype="html",
    )
    importing(made.as_bytes())
    assert "domain:fake.example" in keys_in(vault)
    assert "url:https://spoof.example/a" in keys_in(vault)
    assert "domain:a.example" not in keys_in(vault)


def test_an_attached_list_is_read_and_an_unknown_attachment_is_named(
    importing: Import, vault: Vault
) -> None:
    made = mail(text="The list is attached.")
    table = b"domain,created,note\na[.]example,25/02/2024,x\nb[.]example,26/02/2024,y\n"
    made.add_attachment(table, maintype="text", subtype="csv", filename="list.csv")
    made.add_attachment(
        bytes(range(32)) * 20, maintype="application", subtype="octet-stream", filename="x.bin"
    )
    report = only(importing(made.as_bytes()))
    assert (report.records, report.kept) == (3, 2)
    assert defects(report) == {"attachment": (1, 1)}
    (said,) = said_of(vault, "domain:a.example")
    assert said["registered_on"] == "2024-02-25"
