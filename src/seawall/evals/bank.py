"""A bank: items in families. The public practice bank ships with Seawall."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from seawall.evals.bank_files import MANIFEST, read_family
from seawall.evals.item import Item
from seawall.vocab.errors import BadInput
from seawall.vocab.evals import ItemFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """Items in the order of their ids; an id occurs once."""

    items: tuple[Item, ...]

    def __iter__(self) -> Iterator[Item]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, item_id: str) -> Item:
        for item in self.items:
            if item.id == item_id:
                return item
        raise KeyError(item_id)

    @property
    def families(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(item.facts.family for item in self.items))

    @property
    def facts(self) -> dict[str, ItemFacts]:
        """What the statistics know, by item id."""
        return {item.id: item.facts for item in self.items}


def load_bank(folder: Path) -> Bank:
    """Read every family below `folder`. Raises BadInput, naming the family, or OSError."""
    items: list[Item] = []
    for place in sorted(p.parent for p in folder.glob(f"*/{MANIFEST}")):
        try:
            items += read_family(place)
        except BadInput as error:
            where = f"{place.name}/{error.where}" if error.where else place.name
            raise BadInput(error.what, where=where, mend=error.mend) from None
    if not items:
        raise BadInput("holds no family", where=folder.name, mend=f"see {MANIFEST} in the guide")
    return Bank(items=tuple(sorted(items, key=lambda item: item.id)))


def practice_bank() -> Bank:
    """The public practice bank."""
    with as_file(files("seawall.evals") / "items") as folder:
        return load_bank(folder)
