"""Texts."""

from .case import Case
from .writers import file, json_lines, packed, several

CSV = {"path": "d.csv", "text": "text"}
LINES = {"path": "d.jsonl", "text": "text"}
QUOTED = 'text,y\n"one, two",x\n"three\nfour ""five""",y\n'
UNCLOSED = (
    "text,y\n" + "".join(f"row {row},x\n" for row in range(3)) + '"open,x\nrow 5,y\nrow 6,"y"\n'
)
LATE = "the parcel I ordered is late again and nobody can say why"
SPELLINGS = "text\n" + "".join(
    f"{text}\n"
    for text in (
        *("".join(chr(ord(c) + 0x1D58D) if c.islower() else c for c in LATE[n:]) for n in range(3)),
        *(" ".join(LATE[n:]) for n in range(3)),
        *(LATE[n:].replace(" ", "") for n in range(3)),
    )
)
DOCUMENTS = several(
    *(
        file(f"d/{split}/{kind}/{n}.txt", f"{kind} {n}\n\nof {split}\n")
        for split, rows in (("train", 2), ("test", 1))
        for kind in ("pos", "neg")
        for n in range(rows)
    )
)

CASES = (
    Case(
        "csv, quoted commas, quotes and line breaks",
        file("d.csv", QUOTED),
        {**CSV, "label": "y"},
        "train: 2 × text 'one, two' 'three\\nfour \"five\"', labels x y",
    ),
    Case(
        "csv, a quote that is not closed",
        file("d.csv", UNCLOSED),
        CSV,
        'Refused: path: d.csv: the quote that opens in line 5 ends within a value, in line 7; close it, write a quote within a quoted value twice (""), or set quotes = false where quotes are characters like others',
    ),
    Case(
        "csv, a quote that is not closed, last",
        file("d.csv", 'text\none\n"two\nthree\n'),
        CSV,
        'Refused: path: d.csv: the quote that opens in line 3 is never closed; close it, write a quote within a quoted value twice (""), or set quotes = false where quotes are characters like others',
    ),
    Case(
        "csv, quotes after a backslash",
        file("d.csv", 'text\n"he said \\"no\\" twice"\n'),
        CSV,
        'Refused: path: d.csv: the quote that opens in line 2 ends within a value, in line 2; close it, write a quote within a quoted value twice (""), or set quotes = false where quotes are characters like others',
    ),
    Case(
        "csv, quotes within unquoted values",
        file("d.csv", 'text,y\n5" pipe,x\n3/4" nut,y\n'),
        CSV,
        "train: 2 × text '5\" pipe' '3/4\" nut'",
    ),
    Case(
        "tsv, quotes that mean nothing",
        file("d.tsv", 'text\ty\n"open\tx\nrow\ty\n'),
        {**CSV, "path": "d.tsv", "quotes": False},
        "train: 2 × text '\"open' 'row'",
    ),
    Case(
        "csv, what looks like something else",
        file("d.csv", "text\n-5\ntrue\nNULL\n2024-01-01\n"),
        CSV,
        "train: 4 × text '-5' 'true' 'NULL' '2024-01-01'. column 'text' holds 'NULL' or the like in 1 row (row 3): if that stands for no value, leave it empty, or name it in na_values",
    ),
    Case(
        "csv, a byte order mark",
        file("d.csv", '\ufeff"text",y\ncafé,x\n'),
        CSV,
        "train: 1 × text 'café'",
    ),
    Case(
        "csv, cp1252",
        file("d.csv", "text\nplain\ncafé\n".encode("cp1252")),
        CSV,
        'Refused: encoding: d.csv is not utf-8 (line 3), and its letters do not tell what it is in; name the actual one, such as "cp1252" or "mac_roman"',
    ),
    Case(
        "csv, cp1252, said",
        file("d.csv", "text\nplain\ncafé\n".encode("cp1252")),
        {**CSV, "encoding": "cp1252"},
        "train: 2 × text 'plain' 'café'",
    ),
    Case(
        "csv, UTF-16",
        file("d.csv", "text\ncafé\n".encode("utf-16")),
        CSV,
        'Refused: encoding: d.csv is utf-16; set it to "utf-16"',
    ),
    Case(
        "csv, UTF-16, said",
        file("d.csv", "text\ncafé\n".encode("utf-16")),
        {**CSV, "encoding": "utf-16"},
        "train: 1 × text 'café'",
    ),
    Case(
        "csv, UTF-16 without a mark",
        file("d.csv", "text\ncafé\n".encode("utf-16-le")),
        CSV,
        'Refused: encoding: d.csv is utf-16-le; set it to "utf-16-le"',
    ),
    Case(
        "csv, UTF-16 without a mark, said",
        file("d.csv", "text\ncafé\n".encode("utf-16-le")),
        {**CSV, "encoding": "utf-16-le"},
        "train: 1 × text 'café'",
    ),
    Case(
        "csv, an encoding that does not exist",
        file("d.csv", "text\nx\n"),
        {**CSV, "encoding": "utf-99"},
        'Refused: encoding: there is no encoding \'utf-99\'; "utf-8", "cp1252", "latin-1" and "utf-16" are common',
    ),
    Case(
        "csv, no header",
        file("d.csv", "I love it,good\nI hate it,bad\nSo so,good\n"),
        {**CSV, "header": False, "text": "0", "label": "1"},
        "train: 3 × text 'I love it' 'I hate it' 'So so', labels good bad good",
    ),
    Case(
        "csv, empty texts",
        file("d.csv", 'text,y\none,x\n,y\n"  ",y\nfour,x\n'),
        CSV,
        "Refused: text: 2 of 4 rows of train have no value in 'text', the first is row 2; set missing = \"drop\"",
    ),
    Case(
        "csv, empty texts, dropped",
        file("d.csv", 'text,y\none,x\n,y\n"  ",y\nfour,x\n'),
        {**CSV, "missing": "drop"},
        "train: 2 × text 'one' 'four', ids 0 3. left out: 2 of train, no text. 2 of the 4 rows of train have no text; left out",
    ),
    Case(
        "csv, copies left out",
        file("d.csv", "text\none\ntwo\none\n"),
        {**CSV, "deduplicate": "exact"},
        "train: 2 × text 'one' 'two'. left out: 1 of train, a copy of another row",
    ),
    Case(
        "csv, copies and empty texts left out",
        file("d.csv", "text,y\none,x\n,x\none,x\n"),
        {**CSV, "deduplicate": "exact", "missing": "drop"},
        "train: 1 × text 'one'. left out: 1 of train, a copy of another row. left out: 1 of train, no text. 1 of the 3 rows of train has no text; left out",
    ),
    Case(
        "csv, copies and near copies left out",
        file(
            "d.csv",
            "text\nMy order is late!\nI was billed twice\nmy order is late\nI was billed twice\n",
        ),
        {**CSV, "deduplicate": "near"},
        "train: 2 × text 'My order is late!' 'I was billed twice'. left out: 1 of train, a copy of another "
        "row. left out: 1 of train, nearly a copy of another row",
    ),
    Case(
        "txt",
        file("d.txt", "\ufeffone\r\n\r\ntwo\n"),
        {"path": "d.txt"},
        "train: 2 × text 'one' 'two', ids 0 2",
    ),
    Case(
        "txt, gzip",
        packed("d.txt.gz", "one\ntwo\n"),
        {"path": "d.txt.gz"},
        "train: 2 × text 'one' 'two'",
    ),
    Case(
        "txt, line ends of several kinds",
        file("d.txt", "one\rtwo\r\nthree\nfour"),
        {"path": "d.txt"},
        "train: 4 × text 'one' 'two' 'three' 'four'",
    ),
    Case(
        "txt, blank",
        file("d.txt", " \n \n"),
        {"path": "d.txt"},
        'Refused: path: d.txt is empty; write its texts to it, or, of several files, remove it or set missing = "drop"',
    ),
    Case(
        "txt with a label column",
        file("d.txt", "one\n"),
        {"path": "d.txt", "label": "y"},
        "Refused: label: a txt file, one text per line, does not use it; drop it",
    ),
    Case(
        "jsonl, gzip",
        packed("d.jsonl.gz", '{"text": "one"}\n{"text": "two"}\n'),
        {**LINES, "path": "d.jsonl.gz"},
        "train: 2 × text 'one' 'two'",
    ),
    Case(
        "jsonl, a line cut short",
        file("d.jsonl", '{"text": "one"}\n{"text": \n'),
        LINES,
        "Refused: path: d.jsonl, line 2, is not JSON: Expecting value, column 10; the line ends within a value: get the whole file, or remove this line",
    ),
    Case(
        "jsonl, a list in place of an object",
        file("d.jsonl", '{"text": "one"}\n["two"]\n'),
        LINES,
        "Refused: path: d.jsonl, line 2, is not an object with named values",
    ),
    Case(
        "jsonl, nested very deeply",
        file("d.jsonl", '{"text": ' + "[" * 100_000 + "\n"),
        LINES,
        "Refused: path: d.jsonl, line 1, is not JSON: it is nested too deeply",
    ),
    Case(
        "jsonl, numbers as texts",
        json_lines("d.jsonl", {"text": 5}),
        LINES,
        "Refused: text: column 'text' holds int64, not text; columns of text: none",
    ),
    Case(
        "jsonl, half of a character",
        file("d.jsonl", '{"text": "\\ud800"}\n'),
        LINES,
        "Refused: path: d.jsonl: 'text' holds half of a character (a lone surrogate) in row 1; remove it",
    ),
    Case(
        "jsonl, half of a character in a name",
        file("d.jsonl", '{"text": "one", "\\ud800": 1}\n'),
        LINES,
        "Refused: path: d.jsonl: the name '\\ud800' holds half of a character (a lone surrogate); remove it",
    ),
    Case(
        "csv, balanced, all labels empty",
        file("d.csv", "text,y\nx,\nz,\n"),
        {**CSV, "label": "y", "balanced": True},
        "Refused: balanced: no row of the train split has a label",
    ),
    Case(
        "csv, balanced without labels",
        file("d.csv", "text\nx\n"),
        {**CSV, "balanced": True},
        "Refused: balanced: needs labels, but the data have none; name a label column",
    ),
    Case(
        "csv, texts that cleaning empties",
        file("d.csv", "text\n<br>\n<b>two</b>\n!!\n"),
        {**CSV, "clean": ["strip-html"]},
        "Refused: text: 1 of 3 rows of train has no value in 'text' after cleaning, the first is row 1; set missing = \"drop\"",
    ),
    Case(
        "csv, texts that cleaning empties, dropped",
        file("d.csv", "text\n<br>\nhttps://a.b\ntwo !\n!!\n"),
        {**CSV, "clean": ["strip-html", "strip-urls", "strip-special"], "missing": "drop"},
        "train: 1 × text 'two  ', ids 2. left out: 3 of train, no text. 3 of the 4 rows of train have no text; left out",
    ),
    Case(
        "csv, a very long column name",
        file("d.csv", "x" * 100_000 + ",text\n1,one\n"),
        {**CSV, "text": "body"},
        "Refused: text: there is no column 'body'; known: text, xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx … xxxxxxxxxxxxxxx",
    ),
    Case(
        "csv, scripts with and without spaces, from right to left, emoji alone",
        file("d.csv", "text\n我们喜欢足球\nมาดูฟุตบอล\nمرحبا بالعالم\n😀😀\n"),
        CSV,
        "train: 4 × text '我们喜欢足球' 'มาดูฟุตบอล' 'مرحبا بالعالم' '😀😀'",
    ),
    Case(
        "csv, control characters",
        file("d.csv", "text\na\x01\x1b[31mb\ntab\there\n\u202eturned\n"),
        CSV,
        "train: 3 × text 'a\\x01\\x1b[31mb' 'tab\\there' '\\u202eturned'",
    ),
    Case(
        "csv, a very long text",
        file("d.csv", "text\n" + "word " * 150_000 + "end\nshort\n"),
        CSV,
        "train: 2 × text 'word word word word word word word word ' 'short'",
    ),
    Case(
        "txt that is a table below a comment, as of featureCounts",
        file(
            "d.txt",
            "# Program: featureCounts v2\nGeneid\tLength\ta.bam\n"
            + "".join(f"G{n}\t{n * 7}\t{n}\n" for n in range(12)),
        ),
        {"path": "d.txt"},
        "train: 14 × text '# Program: featureCounts v2' 'Geneid\\tLength\\ta.bam' 'G0\\t0\\t0' 'G1\\t7\\t1' …. each line of d.txt, below lines that begin with #, has 2 × '\\t' and is one text: is it a table? call it .tsv",
    ),
    Case(
        "txt that is a table between lines with !, as of GEO",
        file(
            "d.txt",
            '!Series_title\t"x"\n!Sample_title\t"a"\t"b"\n!begin\n"ID_REF"\t"GSM1"\t"GSM2"\t"GSM3"\n'
            + "".join(f'"{n}_at"\t{n * 7}.5\t{n}\t3\n' for n in range(20))
            + "!end\n",
        ),
        {"path": "d.txt"},
        'train: 25 × text \'!Series_title\\t"x"\' \'!Sample_title\\t"a"\\t"b"\' \'!begin\' \'"ID_REF"\\t"GSM1"\\t"GSM2"\\t"GSM3"\' …. 21 of 25 lines of d.txt have 3 × \'\\t\', and each is one text: is it a table? call it .tsv, with skip = the number of lines above the names of columns',
    ),
    Case(
        "txt of tokens, blank lines between sentences",
        file("d.txt", "EU NNP B-ORG\nrejects VBZ O\ncall NN O\n\n" * 12),
        {"path": "d.txt"},
        "train: 36 × text 'EU NNP B-ORG' 'rejects VBZ O' 'call NN O' 'EU NNP B-ORG' …, ids 0 1 2 4. blank lines stand between blocks of 3 lines in d.txt, and each line is one text: if each block is one, write it in one line",
    ),
    Case(
        "txt of subtitles",
        file(
            "d.txt",
            "".join(
                f"{n}\n00:00:{n:02d},120 --> 00:00:{n:02d},980\nWhere is {n}?\n\n"
                for n in range(12)
            ),
        ),
        {"path": "d.txt"},
        "train: 36 × text '0' '00:00:00,120 --> 00:00:00,980' 'Where is 0?' '1' …, ids 0 1 2 4. blank lines stand between blocks of 3 lines in d.txt, and each line is one text: if each block is one, write it in one line. 12 of 36 different texts of column 'text' are equal but for a number that counts ('0'), as numbers of pages: leave them out of the file, if they are no texts",
    ),
    Case(
        "txt, a blank line below each text",
        file("d.txt", "".join(f"text number {n}\n\n" for n in range(30)) + "one more\n" * 2),
        {"path": "d.txt"},
        "train: 32 × text 'text number 0' 'text number 1' 'text number 2' 'text number 3' …, ids 0 2 4 6",
    ),
    Case(
        "txt of a log with traces of errors",
        file(
            "d.txt",
            "".join(
                f"2024-03-01 10:22:{n:02d},123 ERROR main - no user {n}\n"
                + "\tat com.x.Y.run(Y.java:10)\n" * (n % 3 == 0)
                for n in range(12)
            ),
        ),
        {"path": "d.txt"},
        "train: 16 × text '2024-03-01 10:22:00,123 ERROR main - no ' '\\tat com.x.Y.run(Y.java:10)' '2024-03-01 10:22:01,123 ERROR main - no ' '2024-03-01 10:22:02,123 ERROR main - no ' …. most lines of d.txt begin with a moment and others do not ('at com.x.Y.run(Y.java:10)'), and each is one text: if these go on from the line above, join them to it",
    ),
    Case(
        "txt of a chat, messages of several lines",
        file(
            "d.txt",
            "".join(
                f"[{n + 1:02d}.03.24, 21:41:0{n % 10}] Anna: see you on day {n}\n"
                + "and one more line\n" * (n % 5 == 0)
                for n in range(12)
            ),
        ),
        {"path": "d.txt"},
        "train: 15 × text '[01.03.24, 21:41:00] Anna: see you on da' 'and one more line' '[02.03.24, 21:41:01] Anna: see you on da' '[03.03.24, 21:41:02] Anna: see you on da' …. most lines of d.txt begin with a moment and others do not ('and one more line'), and each is one text: if these go on from the line above, join them to it. the texts of column 'text' hold when and by whom they were written, as a chat does (row 1: '[01.03.24, 21:41:00] Anna: see you on d): write when, who and what as columns of a csv file, and name the last in text",
    ),
    Case(
        "txt of a log, a moment in each line",
        file("d.txt", "".join(f"Mar  1 10:22:{n:02d} host no user {n}\n" for n in range(12))),
        {"path": "d.txt"},
        "train: 12 × text 'Mar  1 10:22:00 host no user 0' 'Mar  1 10:22:01 host no user 1' 'Mar  1 10:22:02 host no user 2' 'Mar  1 10:22:03 host no user 3' …",
    ),
    Case(
        "csv, texts whose umlauts were lost",
        file(
            "d.csv",
            "text\nbitte nicht ?berwiesen\n" + "die R?ckzahlung\n" * 9 + "ein guter Tag\n" * 90,
        ),
        CSV,
        "train: 100 × text 'bitte nicht ?berwiesen' 'die R?ckzahlung' 'die R?ckzahlung' 'die R?ckzahlung' …. column 'text' has ? in place of letters in 10 rows (row 1: 'bitte nicht ?berwiesen'): if they were lost when the texts were written in an encoding without them, write the file anew from its source, as UTF-8",
    ),
    Case(
        "csv, texts of which all letters were lost",
        file("d.csv", "text\n" + "???? ????? ????? ??????\n" * 30),
        CSV,
        "train: 30 × text '???? ????? ????? ??????' '???? ????? ????? ??????' '???? ????? ????? ??????' '???? ????? ????? ??????' …. column 'text' has ? in place of letters in 30 rows (row 1: '???? ????? ????? ??????'): if they were lost when the texts were written in an encoding without them, write the file anew from its source, as UTF-8",
    ),
    Case(
        "csv, texts with addresses, and of people who ask much",
        file(
            "d.csv",
            "text\nsee https://a.org/watch?v=ab now\nwhat??? really ?? no\n???\nso?why\n"
            + "fine\n" * 30,
        ),
        CSV,
        "train: 34 × text 'see https://a.org/watch?v=ab now' 'what??? really ?? no' '???' 'so?why' …",
    ),
    Case(
        "csv, numbers of glyphs of a PDF",
        file("d.csv", "text\nmy order\n(cid:85)(cid:72)(cid:86)\n"),
        CSV,
        "train: 2 × text 'my order' '(cid:85)(cid:72)(cid:86)'. column 'text' holds numbers of glyphs in place of letters in 1 row (row 2: '(cid:85)(cid:72)(cid:86)'), as of a PDF whose fonts do not tell them: leave these rows out, or read their pages by OCR",
    ),
    Case(
        "csv, names of files of texts",
        several(
            file("d.csv", "text\na/1.txt\na/2.txt\n"),
            file("a/1.txt", "one"),
            file("a/2.txt", "two"),
        ),
        CSV,
        "Refused: text: column 'text' of d.csv holds the names of files ('a/1.txt'), no texts; write their texts into it: with d = pandas.read_csv(…), d['text'] = [open(name).read() for name in d['text']]",
    ),
    Case(
        "txt of measurements between tabs",
        file(
            "d.txt",
            "LabVIEW Measurement\n***End_of_Header***\nX_Value\tVoltage\n"
            + "".join(f"0,{n}00000\t-2,7{n}E+0\n" for n in range(9)),
        ),
        {"path": "d.txt"},
        "train: 12 × text 'LabVIEW Measurement' '***End_of_Header***' 'X_Value\\tVoltage' '0,000000\\t-2,70E+0' …. the texts of column 'text' hold numbers between tabs (row 4: '0,000000\\t-2,70E+0'): call the file .tsv, with skip = the number of lines above the names of columns",
    ),
    Case(
        "txt of a mailbox",
        file(
            "d.txt", "From a@b.org Mon Jan  1 10:00:00 2024\nSubject: order\n\nIt is late.\n\n" * 4
        ),
        {"path": "d.txt"},
        "train: 12 × text 'From a@b.org Mon Jan  1 10:00:00 2024' 'Subject: order' 'It is late.' 'From a@b.org Mon Jan  1 10:00:00 2024' …, ids 0 1 3 5. the texts of column 'text' hold a mailbox, line by line (row 1: 'From a@b.org Mon Jan  1 10:00:00 2024'): write each e-mail as a row of a .csv or .jsonl file (mailbox.mbox of Python)",
    ),
    Case(
        "csv, texts of which many have a passage in common",
        file(
            "d.csv",
            "text\n"
            + "".join(
                f"order {n} is late"
                + (" " + " ".join(f"word{w}" for w in range(24))) * (n % 2)
                + "\n"
                for n in range(40)
            ),
        ),
        CSV,
        "train: 40 × text 'order 0 is late' 'order 1 is late word0 word1 word2 word3 ' 'order 2 is late' 'order 3 is late word0 word1 word2 word3 ' …. 20 of 40 different texts of column 'text' have a passage of 20 words or more in common ('is late word0 word1 word2 word3 word4 word5 word6 word7 word …'): clusters may be of it; if it says nothing of them, take it out of the texts before (str.replace of pandas)",
    ),
    Case(
        "csv, answers above the e-mails that they answer",
        file(
            "d.csv",
            "text\n"
            + "".join(
                f'"thanks for {n}\n-----Original Message-----\nit is {n} days late"\n'
                for n in range(12)
            ),
        ),
        CSV,
        "train: 12 × text 'thanks for 0\\n-----Original Message-----\\n' 'thanks for 1\\n-----Original Message-----\\n' 'thanks for 2\\n-----Original Message-----\\n' 'thanks for 3\\n-----Original Message-----\\n' …. the texts of column 'text' hold e-mails that they answer (row 1: 'thanks for 0\\n-----Original Message----): keep what stands above these alone, if it is what is meant",
    ),
    Case(
        "csv, pages of the web with scripts",
        file(
            "d.csv",
            "text\n"
            + "".join(
                f"<title>order {n}</title><script>track({n});</script><p>late</p>\n"
                for n in range(2)
            ),
        ),
        {**CSV, "clean": ["strip-html", "collapse-space"]},
        "train: 2 × text 'order 0 late' 'order 1 late'",
    ),
    Case(
        "txt of XML",
        file("d.txt", '<?xml version="1.0"?>\n<docs>\n<doc>one</doc>\n</docs>\n'),
        {"path": "d.txt"},
        "Refused: path: d.txt is XML; write its rows to a .csv or .jsonl file",
    ),
    Case(
        "txt of elements on several lines",
        file(
            "d.txt",
            "<docs>\n"
            + "".join(f"<doc>\n<p>order {n}</p>\n</doc>\n" for n in range(5))
            + "</docs>\n",
        ),
        {"path": "d.txt"},
        "train: 17 × text '<docs>' '<doc>' '<p>order 0</p>' '</doc>' …. the lines of d.txt look like elements of XML or HTML (<docs>), and each is one text: write the text of each record as a row of a .csv or .jsonl file",
    ),
    Case(
        "txt of records with numbers that count, among others",
        file(
            "d.txt",
            "".join(f"invoice {n}\n" for n in range(100, 160))
            + "".join(f"order of {a}{b}\n" for a in "abcdefgh" for b in "abcdefgh"),
        ),
        {"path": "d.txt"},
        "train: 124 × text 'invoice 100' 'invoice 101' 'invoice 102' 'invoice 103' …",
    ),
    Case(
        "txt of printed pages",
        file(
            "d.txt",
            "".join(
                f"Digest\n\n{what} is late\n\n{what} is lost\n\nPage {n} of 12\n\f"
                for n, what in enumerate("abcdefghijkl", 1)
            ),
        ),
        {"path": "d.txt"},
        "train: 48 × text 'Digest' 'a is late' 'a is lost' 'Page 1 of 12' …, ids 0 2 4 6. form feeds divide d.txt into pages of a printed text (line 8), and each line is one text: write each paragraph in one line, and leave out heads and numbers of pages. 12 of 37 different texts of column 'text' are equal but for a number that counts ('Page 1 of 12'), as numbers of pages: leave them out of the file, if they are no texts",
    ),
    Case(
        "csv, texts in letters that are mathematical, with spaces between, and words that run together",
        file("d.csv", SPELLINGS),
        CSV,
        "train: 9 × text '𝘁𝗵𝗲 𝗽𝗮𝗿𝗰𝗲𝗹 I 𝗼𝗿𝗱𝗲𝗿𝗲𝗱 𝗶𝘀 𝗹𝗮𝘁𝗲 𝗮𝗴𝗮𝗶𝗻 𝗮𝗻𝗱 𝗻' '𝗵𝗲 𝗽𝗮𝗿𝗰𝗲𝗹 I 𝗼𝗿𝗱𝗲𝗿𝗲𝗱 𝗶𝘀 𝗹𝗮𝘁𝗲 𝗮𝗴𝗮𝗶𝗻 𝗮𝗻𝗱 𝗻𝗼' '𝗲 𝗽𝗮𝗿𝗰𝗲𝗹 I 𝗼𝗿𝗱𝗲𝗿𝗲𝗱 𝗶𝘀 𝗹𝗮𝘁𝗲 𝗮𝗴𝗮𝗶𝗻 𝗮𝗻𝗱 𝗻𝗼𝗯' 't h e   p a r c e l   I   o r d e r e d ' …. 3 of 9 texts of column 'text' have letters of another form (mathematical, of full width or in circles) (row 1: '𝘁𝗵𝗲 𝗽𝗮𝗿𝗰𝗲𝗹 I 𝗼𝗿𝗱𝗲𝗿𝗲𝗱 𝗶𝘀 𝗹𝗮𝘁𝗲 𝗮𝗴𝗮𝗶𝗻 𝗮𝗻𝗱 ), and no encoder of words knows them: set clean = [\"normalize\"]. 3 of 9 texts of column 'text' have letters with a space between each (row 4: 't h e   p a r c e l   I   o r d e r e d), and no encoder of words knows them: set clean = [\"join-letters\", \"collapse-space\"]. 3 of 9 texts of column 'text' have words that run together, without spaces (row 7: 'theparcelIorderedislateagainandnobodyca), and no encoder of words knows them: get these texts anew, or divide them into words (wordninja.split of Python for English)",
    ),
    Case(
        "csv, the same, cleaned",
        file("d.csv", SPELLINGS),
        {**CSV, "clean": ["normalize", "join-letters", "collapse-space"]},
        "train: 9 × text 'the parcel I ordered is late again and n' 'he parcel I ordered is late again and no' 'e parcel I ordered is late again and nob' 'the parcel I ordered is late again and n' …. 3 of 9 texts of column 'text' have words that run together, without spaces (row 7: 'theparcelIorderedislateagainandnobodyca), and no encoder of words knows them: get these texts anew, or divide them into words (wordninja.split of Python for English)",
    ),
    Case(
        "txt files of one text each, in folders of classes",
        DOCUMENTS,
        {"path": "d", "whole_files": True, "label": "folder"},
        "train: 4 × text 'neg 0\\n\\nof train\\n' 'neg 1\\n\\nof train\\n' 'pos 0\\n\\nof train\\n' 'pos 1\\n\\nof train\\n', labels neg neg pos pos, ids train/neg/0.txt train/neg/1.txt train/pos/0.txt train/pos/1.txt. test: 2 × text 'neg 0\\n\\nof test\\n' 'pos 0\\n\\nof test\\n', labels neg pos, ids test/neg/0.txt test/pos/0.txt",
    ),
    Case(
        "txt files of one text each, in folders that are not said to be labels",
        DOCUMENTS,
        {"path": "d", "whole_files": True},
        "train: 4 × text 'neg 0\\n\\nof train\\n' 'neg 1\\n\\nof train\\n' 'pos 0\\n\\nof train\\n' 'pos 1\\n\\nof train\\n', ids train/neg/0.txt train/neg/1.txt train/pos/0.txt train/pos/1.txt. test: 2 × text 'neg 0\\n\\nof test\\n' 'pos 0\\n\\nof test\\n', ids test/neg/0.txt test/pos/0.txt. the folders neg, pos of the files are not read as labels: if they are some, set label = \"folder\"",
    ),
    Case(
        "txt files of one text each, unsaid",
        DOCUMENTS,
        {"path": "d"},
        'Refused: whole_files: d has 6 files of texts (test/neg/0.txt); set it to true if each file is one text, or path = "d/**/*.txt" if each line is one',
    ),
    Case(
        "md, html and txt files of one text each, one empty and one in cp1252",
        several(
            file("d/a.md", "# One\n\ntext"),
            file("d/b.html", "<html><body>Two</body></html>"),
            file("d/c.txt", "\n"),
            file("d/d.txt", "caf\xe9 cr\xe8me".encode("cp1252")),
        ),
        {
            "path": "d",
            "whole_files": True,
            "missing": "drop",
            "encoding": "cp1252",
            "clean": ["strip-html"],
        },
        "train: 3 × text '# One\\n\\ntext' '  Two  ' 'café crème', ids a.md b.html d.txt. 1 empty file left out: c.txt",
    ),
    Case(
        "files of one text each without suffixes, in folders of classes",
        several(
            *(file(f"d/{c}/{n}", f"From: {c}\n\nthe {n}th text\n") for c in "ab" for n in "12")
        ),
        {"path": "d/*/*", "whole_files": True, "label": "folder"},
        "train: 4 × text 'From: a\\n\\nthe 1th text\\n' 'From: a\\n\\nthe 2th text\\n' 'From: b\\n\\nthe 1th text\\n' 'From: b\\n\\nthe 2th text\\n', labels a a b b, ids a/1 a/2 b/1 b/2",
    ),
    Case(
        "csv, said to be one text as a whole",
        file("d.csv", "text\none\n"),
        {"path": "d.csv", "whole_files": True},
        "Refused: path: d.csv is no document (.txt, .md, .html, .htm); leave whole_files out",
    ),
    Case(
        "a folder without texts, said to hold some",
        file("d/a.csv", "text\none\n"),
        {"path": "d", "whole_files": True},
        "Refused: path: there is no text (.txt, .md, .html, .htm) in d",
    ),
    Case(
        "txt files of one text each, one of which was read in another encoding",
        several(file("d/a.txt", "one\n\ntext\n"), file("d/b.txt", "caf\ufffd\n\nau lait\n")),
        {"path": "d", "whole_files": True},
        "train: 2 × text 'one\\n\\ntext\\n' 'caf�\\n\\nau lait\\n', ids a.txt b.txt. column 'text' holds in 1 row what is left of characters that were read in another encoding (row 'b.txt': 'caf�\\n\\nau lait'); write the file anew from its source",
    ),
    Case(
        "txt files of one text each, in folders of a folder within",
        several(*(file(f"d/data/{c}/{n}.txt", f"{c} {n}\n") for c in ("neg", "pos") for n in "12")),
        {"path": "d", "whole_files": True, "label": "folder"},
        "train: 4 × text 'neg 1\\n' 'neg 2\\n' 'pos 1\\n' 'pos 2\\n', labels neg neg pos pos, ids data/neg/1.txt data/neg/2.txt data/pos/1.txt data/pos/2.txt",
    ),
)
