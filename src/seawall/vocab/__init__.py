"""The words of Seawall as frozen types; see the glossary in ARCHITECTURE.md."""
