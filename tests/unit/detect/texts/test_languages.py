"""Languages are guessed well enough for the model, and unknown ones are not read by it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.detect.texts.languages import SUPPORTED, guess_language, primary

# ruff: noqa: RUF001 - some text is Cyrillic


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("The minister resigned on Tuesday after the audit was published", "en"),
        ("Le ministre a démissionné mardi après la publication de l'audit", "fr"),
        ("Der Minister trat am Dienstag nach der Veröffentlichung zurück", "de"),
        ("El ministro dimitió el martes tras la publicación de la auditoría", "es"),
        ("Il ministro si è dimesso martedì dopo la pubblicazione del rapporto", "it"),
        ("O ministro demitiu-se na terça-feira após a publicação da auditoria", "pt"),
        ("De minister trad dinsdag af nadat het rapport was gepubliceerd", "nl"),
        ("Minister podał się do dymisji we wtorek, jak się dowiedzieliśmy", "pl"),
        ("Bakan, denetim yayımlandıktan sonra salı günü istifa etti", "tr"),
        ("Министр подал в отставку во вторник", "ru"),
        ("Міністр подав у відставку у вівторок, її прийняли", "uk"),
        ("استقال الوزير يوم الثلاثاء", "ar"),
        ("審計報告公布後，部長於週二辭職", "zh"),
        ("大臣は火曜日に辞任した", "ja"),
        ("장관이 화요일에 사임했다", "ko"),
        ("รัฐมนตรีลาออกเมื่อวันอังคาร", "th"),
        ("Ministern avgick på tisdagen och det var inte för att han hade valt det", "sv"),
        ("மந்திரி செவ்வாயன்று ராஜினாமா செய்தார்", "mis"),
        ("Zzyzx qwrt", "und"),
        ("12345", "und"),
        ("", "und"),
    ],
)
def test_a_language_is_known_by_its_script_or_its_small_words(words: str, language: str) -> None:
    assert guess_language(words) == language


@given(st.text())
def test_any_text_has_some_answer(words: str) -> None:
    assert guess_language(words) in SUPPORTED or len(guess_language(words)) in (2, 3)


@pytest.mark.parametrize(
    ("code", "language"),
    [("en-GB", "en"), ("EN_us", "en"), (" zh-TW ", "zh"), ("qme", None), ("und", None),
     ("", None), (None, None), ("English", None)],
)  # fmt: skip
def test_codes_of_columns_are_read_as_columns_have_them(
    code: str | None, language: str | None
) -> None:
    assert primary(code) == language
