# SPDX-License-Identifier: Apache-2.0
"""Files as people have them, small."""

import io
import struct
import zipfile


def pdf(size=0):
    """One blank page; with so many bytes of nothing to be drawn."""
    out, at = b"%PDF-1.4\n", []
    for number, text in enumerate((
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200]"
            b" /Contents 4 0 R >>",
            b"<< /Length %d >>\nstream\n%s\nendstream" % (size, b" " * size)),
            1):
        at.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    table = b"".join(b"%010d 00000 n \n" % place for place in at)
    return out + (b"xref\n0 5\n0000000000 65535 f \n%strailer\n"
                  b"<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
                  % (table, len(out)))


def docx(**more):
    """A document of one word, and MORE parts: name to bytes."""
    kind = ("application/vnd.openxmlformats-officedocument"
            ".wordprocessingml.document.main+xml")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {
                "[Content_Types].xml":
                    '<Types xmlns="http://schemas.openxmlformats.org/package/'
                    '2006/content-types"><Default Extension="rels" '
                    'ContentType="application/vnd.openxmlformats-package.'
                    'relationships+xml"/><Override PartName="/word/'
                    f'document.xml" ContentType="{kind}"/></Types>',
                "_rels/.rels":
                    '<Relationships xmlns="http://schemas.openxmlformats.org/'
                    'package/2006/relationships"><Relationship Id="rId1" '
                    'Type="http://schemas.openxmlformats.org/officeDocument/'
                    '2006/relationships/officeDocument" '
                    'Target="word/document.xml"/></Relationships>',
                "word/document.xml":
                    '<w:document xmlns:w="http://schemas.openxmlformats.org/'
                    'wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>Hello'
                    '</w:t></w:r></w:p></w:body></w:document>',
                **more}.items():
            archive.writestr(name, text)
    return out.getvalue()


def with_place(photo):
    """A photo with what a telephone says of where it was taken."""
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0GPS 48.2 N 16.4 E"
    return (photo[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
            + photo[2:])
