"""Passwords that are tried first: a common word with figures around it, a row of keys, one sign repeated."""

from __future__ import annotations

import re

LONG_NUMBER = 16  # figures alone: a shorter one is a date or a telephone
_LEET = str.maketrans("013457@$", "oieastas")
_LETTERS = re.compile(r"[\W\d_]+")
_AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")
# the words that lists of stolen passwords begin with, and what people here would choose first
_WORDS = """
password passw passwort pass qwerty qwertyuiop qwertyui asdfgh asdfghjkl zxcvbnm qazwsx qazwsxedc
letmein welcome admin administrator root login master monkey dragon hunter football baseball
basketball superman batman iloveyou sunshine princess shadow michael jordan ashley charlie trustno
secret hello freedom whatever computer internet changeme default test testing user guest server
database central baikoo collect kobo odk пароль парол йцукен йцукенг фывапролдж ячсмить привет
любовь солнышко админ администратор кыргызстан бишкек сырсөз сырсоз купуясөз салам айыл аймак байкоо
kyrgyzstan bishkek osh
"""
COMMON = frozenset(_WORDS.split())
_ROWS = (
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "йцукенгшщзхъфывапролджэячсмитьбю",
    "abcdefghijklmnopqrstuvwxyz",
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
)


def is_weak(password: str) -> bool:
    """Would it be among the first that somebody tries?"""
    plain = password.casefold()
    if len(set(plain)) < 4 or any(plain in row or plain[::-1] in row for row in _ROWS):
        return True
    inside = _AROUND.sub("", plain)
    words = {_LETTERS.sub("", each) for each in (inside, inside.translate(_LEET))}
    words |= {word[: len(word) // 2] for word in words if word[: len(word) // 2] * 2 == word}  # twice
    return (not inside and len(plain) < LONG_NUMBER) or not words.isdisjoint(COMMON)
