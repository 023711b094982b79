"""The texts of an XForm in its languages: labels, hints, choices, and the media they name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from forms.schema import Choice
from forms.xml import local_name

_ITEXT = re.compile(r"jr:itext\(\s*(?:'([^']*)'|\"([^\"]*)\"|([\w.-]+))\s*\)")
_CODE = re.compile(r"\(([^()]+)\)\s*$")
_SIMPLE_PATH = re.compile(r"\s*(?:[\w./:-]*[/:])?([\w.-]+)\s*")
_MEDIA_FORMS = {"image": "image", "big-image": "image", "audio": "audio", "video": "video"}


def child(element: etree._Element, name: str) -> etree._Element | None:
    """The first child of this local name."""
    return next(element.iterchildren("{*}" + name), None)


def flat_text(element: etree._Element) -> str:
    """The text of a label; an answer shown inside it becomes ${name}."""
    parts = [element.text or ""]
    for inner in element:
        if local_name(inner) == "output":
            simple = _SIMPLE_PATH.fullmatch(inner.get("value") or inner.get("ref") or "")
            parts.append(f"${{{simple[1]}}}" if simple else "…")
        else:
            parts.append("".join(str(text) for text in inner.itertext()))
        parts.append(inner.tail or "")
    return "".join(parts).strip()


class Texts:
    """The itext block. Languages are known by the code in brackets: "Кыргызча (ky)" is ky."""

    def __init__(self, model: etree._Element) -> None:
        self.languages: list[str] = []
        self.language_names: dict[str, str] = {}
        self.default_language = ""
        self.media: list[tuple[str, str]] = []  # jr:// address, kind
        self._texts: dict[str, dict[str, str]] = {}
        self._guidance: dict[str, dict[str, str]] = {}
        itext = child(model, "itext")
        for translation in itext.iterchildren("{*}translation") if itext is not None else ():
            self._read(translation)
        self.default_language = self.default_language or next(iter(self.languages), "")
        if not self.languages:
            self.languages = [""]

    def _read(self, translation: etree._Element) -> None:
        name = (translation.get("lang") or "").strip()
        code = _CODE.search(name)
        language = code[1].strip() if code else name
        if language in self.languages:
            language = name
        self.languages.append(language)
        self.language_names[language] = name
        if translation.get("default") in ("true()", "true", ""):
            self.default_language = language
        for text in translation.iterchildren("{*}text"):
            for value in text.iterchildren("{*}value"):
                form = value.get("form")
                words = flat_text(value)
                if form in _MEDIA_FORMS:
                    self.media.append((words, _MEDIA_FORMS[form]))
                elif form == "guidance":
                    self._guidance.setdefault(text.get("id", ""), {})[language] = words
                elif form in (None, "long"):
                    self._texts.setdefault(text.get("id", ""), {})[language] = words

    def of(self, element: etree._Element | None) -> dict[str, str]:
        """The words of a label or hint by language; one untranslated stands in every language."""
        if element is None:
            return {}
        reference = _ITEXT.search(element.get("ref", ""))
        if reference:
            return self.by_id(reference[1] or reference[2] or "")
        words = flat_text(element)
        return dict.fromkeys(self.languages, words) if words else {}

    def guidance_of(self, hint: etree._Element | None) -> dict[str, str]:
        reference = _ITEXT.search(hint.get("ref", "")) if hint is not None else None
        return (
            _without_dashes(self._guidance.get(reference[1] or reference[2] or "", {})) if reference else {}
        )

    def by_id(self, text_id: str) -> dict[str, str]:
        return _without_dashes(self._texts.get(text_id, {}))


def _without_dashes(words: dict[str, str]) -> dict[str, str]:
    """Leave out what was never translated: the converter writes a dash there."""
    told = {language: text for language, text in words.items() if text not in ("", "-")}
    return told or {language: text for language, text in words.items() if text}


class ChoiceLists:
    """The choices of select questions: inside the control, in an instance of the form, or in a file."""

    def __init__(self, model: etree._Element, texts: Texts) -> None:
        self._texts = texts
        self._instances = {
            name: instance for instance in model.iterchildren("{*}instance") if (name := instance.get("id"))
        }
        self._read: dict[tuple[str, str, str], tuple[Choice, ...]] = {}

    def of(self, control: etree._Element) -> tuple[tuple[Choice, ...], str]:
        """The choices of a control, and the file that holds them where it is not the form itself."""
        searched = re.search(r"search\(\s*['\"]([^'\"]+)['\"]", control.get("appearance", ""))
        if searched:  # the items written in the form name columns of the file, but for numbered ones
            file = searched[1] if searched[1].lower().endswith(".csv") else f"{searched[1]}.csv"
            return tuple(
                choice for choice in self._inline(control) if choice.name.lstrip("-").isdigit()
            ), file
        itemset = child(control, "itemset")
        if itemset is None:
            return tuple(self._inline(control)), ""
        named = re.search(r"instance\(\s*['\"]([^'\"]+)['\"]\s*\)", itemset.get("nodeset", ""))
        if named is None:
            return (), ""  # answers to a repeat are the choices
        instance = self._instances.get(named[1])
        source = instance.get("src", "") if instance is not None else ""
        if instance is None or source:
            return (), source.rsplit("/", 1)[-1]
        value, label = child(itemset, "value"), child(itemset, "label")
        value_ref = (value.get("ref", "") if value is not None else "") or "name"
        label_ref = (label.get("ref", "") if label is not None else "") or "label"
        key = (named[1], value_ref, label_ref)
        if key not in self._read:
            self._read[key] = tuple(self._listed(instance, value_ref, label_ref))
        return self._read[key], ""

    def _inline(self, control: etree._Element) -> Iterator[Choice]:
        for item in control.iterchildren("{*}item"):
            value = child(item, "value")
            name = (value.text or "").strip() if value is not None else ""
            if name:
                yield Choice(name, self._texts.of(child(item, "label")))

    def _listed(self, instance: etree._Element, value_ref: str, label_ref: str) -> Iterator[Choice]:
        itext = _ITEXT.search(label_ref)
        seen = set()
        for root in instance:
            for item in root:
                cells = {local_name(cell): (cell.text or "").strip() for cell in item}
                name = cells.get(value_ref, "")
                if not name or name in seen:
                    continue
                seen.add(name)
                words = cells.get(itext[3] or "" if itext else label_ref, "")
                if itext:
                    yield Choice(name, self._texts.by_id(words))
                else:
                    yield Choice(name, dict.fromkeys(self._texts.languages, words) if words else {})
