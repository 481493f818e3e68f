"""Every command that the README shows is run, and prints what the README says.

`UPDATE_README=1 pytest tests/test_readme.py` (or `make readme`) writes what the commands print now into the README.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

MINE = (
    "Aimée Anaïs Andrée Aurélie Béatrice Bénédicte Camille Cécile Céleste Chloé Clémence Clémentine "
    "Désirée Édith Éléonore Élisabeth Élise Élodie Éloïse Émilie Estelle Esmée Eugénie Eulalie "
    "Geneviève Ghislaine Gisèle Hélène Héloïse Hermine Honorine Inès Irène Isabelle Joséphine Joëlle "
    "Léa Léonie Léopoldine Lucile Maëlle Maïté Mélanie Mélisande Mélodie Mireille Noé Noëlle "
    "Noémie Océane Odette Ophélie Pénélope Rachèle Raphaëlle Régine Renée Séverine Solène Stéphanie "
    "Sylvie Thérèse Valérie Véronique Viviane Yseult Zélie Zoé"
)
README = Path(__file__).parent.parent / "README.md"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run_commands(block: str, folder: Path, environment: dict[str, str]) -> str:
    """A block with the true output under each of its commands."""
    commands = [line for line in block.splitlines() if line.startswith("$ ")]
    written = []
    for command in commands:
        done = subprocess.run(
            ["bash", "-c", command[2:]],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=120,
            check=False,
        )
        shown = "\n".join(line.rstrip() for line in done.stdout.splitlines())
        written.append(f"{command}\n{shown}\n" if shown else f"{command}\n")
    return "".join(written)


def test_the_commands_of_the_readme_print_what_it_shows(tmp_path, clean_environment):
    (tmp_path / "mine.txt").write_text("".join(f"{name}\n" for name in MINE.split()), encoding="utf-8")
    environment = clean_environment | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    text = README.read_text(encoding="utf-8")
    true = BLOCK.sub(lambda found: f"```console\n{run_commands(found[1], tmp_path, environment)}```", text)
    if os.environ.get("UPDATE_README"):
        README.write_text(true, encoding="utf-8")
    assert BLOCK.search(text)
    assert text == true or os.environ.get("UPDATE_README")
