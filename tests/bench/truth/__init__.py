"""A labelled truth set for the matcher, and its judge; nothing here knows how the matcher works.

`make` writes three files. PEOPLE.csv and HOLDERS.csv are what `landdata match` reads; LABELS.csv is for the judge alone:
who each holder truly is, what was done to the record, whose number it carries, and whether it is linkable.

**Linkable**, in a clerk's words. The clerk has the certificate's record in one hand and, in the other, the register's
entry found under the number on it. The record is linked when all of this holds:

1. The number is the person's own: the twelve digits valid now, or the nine digits that the register knows. Blanks, dots
   and a quotation mark in it do not matter; a digit that is lost, wrong or swapped does, and so does a cancelled number.
2. There is a name. How it is spelt does not matter as long as it can be read: case, blanks, tone placement, missing
   marks, an old code page, a shortened family name, titles, a couple in one field, a former name that the register shows.
3. At most one small doubt in the whole record: one typing slip that makes no other name, a missing middle name,
   initials, a birth year wrong by one, day and month exchanged or one of them wrong, no birth, the wrong gender, or nine
   digits that two people have. Two small doubts together are asked back.
4. No contradiction: another name, a slip that makes another name (Hùng, Hưng), two slips, a year wrong by more than one.
5. Nine digits without a birth are not enough: the police of the provinces gave some of them twice.

Decided from what was done to the record (`damages`), never by comparing texts. That a person died, moved, or has land
in another commune than the home is no doubt: the certificate is older than that.
"""
