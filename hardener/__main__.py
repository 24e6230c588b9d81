"""`python -m hardener` is the command line."""

import sys

from hardener.cli import main

sys.exit(main())
