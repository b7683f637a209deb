"""`seawall-verify`: the verifier alone."""


def main() -> None:
    """Entry point of the command."""
    raise SystemExit("nothing to verify yet")


if __name__ == "__main__":
    main()
