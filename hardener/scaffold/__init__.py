"""The repository that `hardener new` makes: what is asked, and the template that the answers fill.

`questions` knows what is asked and what an answer may be, `filling` gives the answers to cookiecutter, `staging` keeps
what is made out of sight until all of it is there. It does not print and does not render: the command line does.
"""

from hardener.scaffold.questions import QUESTIONS, Question

__all__ = ["QUESTIONS", "Question"]
