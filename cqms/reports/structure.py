"""Joining the structure trees of two tagged PDFs, so that a screen reader also finds the pages that were appended."""

import pikepdf
from pikepdf import Array, Dictionary, Name


def append_pages(pdf: pikepdf.Pdf, source: pikepdf.Pdf) -> None:
    """Append the pages of `source`; where both files are tagged, with their structure (ISO 32000, 14.7)."""
    before = len(pdf.pages)
    pdf.pages.extend(source.pages)
    appended_pages = list(pdf.pages)[before:]
    root, appended = _flat_tree(pdf), _flat_tree(source)
    document = _document(root) if root is not None else None
    if root is None or appended is None or document is None:
        for holder, key in _numbered(appended_pages):
            del holder[key]
        return
    shift = _highest(root) + 1
    for holder, key in _numbered(appended_pages):
        holder[key] = int(holder[key]) + shift
    copied = pdf.copy_foreign(source.make_indirect(appended))
    _add_numbers(root, copied, shift)
    kids = _kids(document)
    for element in _kids(copied):
        element.S = Name.Part
        element.P = document
        kids.append(element)
    document.K = kids


def _flat_tree(pdf: pikepdf.Pdf) -> Dictionary | None:
    """The structure tree, if there is one whose number tree has no branches, as WeasyPrint writes it."""
    root = pdf.Root.get(Name.StructTreeRoot)
    flat = isinstance(root, Dictionary) and Name.Nums in root.get(Name.ParentTree, Dictionary())
    return root if flat and isinstance(root, Dictionary) else None


def _document(root: Dictionary) -> pikepdf.Object | None:
    return next((kid for kid in _kids(root) if kid.get(Name.S) == Name.Document), None)


def _numbered(pages: list[pikepdf.Page]) -> list[tuple[pikepdf.Object, Name]]:
    """Whatever on the pages points into the number tree, and by which key."""
    notes = [note for page in pages for note in page.obj.get(Name.Annots, Array())]
    pages_first: list[tuple[pikepdf.Object, Name]] = [(page.obj, Name.StructParents) for page in pages]
    found = [*pages_first, *((note, Name.StructParent) for note in notes)]
    return [(holder, key) for holder, key in found if key in holder]


def _highest(root: Dictionary) -> int:
    return max((int(number) for number in list(root.ParentTree.Nums)[::2]), default=-1)


def _add_numbers(root: Dictionary, copied: pikepdf.Object, shift: int) -> None:
    pairs = list(copied.ParentTree.Nums)
    for number, parents in zip(pairs[::2], pairs[1::2], strict=True):
        root.ParentTree.Nums.append(int(number) + shift)
        root.ParentTree.Nums.append(parents)
    root.ParentTreeNextKey = _highest(root) + 1


def _kids(element: pikepdf.Object) -> Array:
    kids = element.get(Name.K, Array())
    return kids if isinstance(kids, Array) else Array([kids])
