"""What reaches what: questions about the written policies, answered with the rules and the profile's lines that decide.

asked        ends and ports as a person writes them
world        the policies and the promise, with the ends that are asked for among what they tell apart
one          does one connection begin, and by what?
everything   all that an end reaches, or that reaches it
notes        what is to be known of every answer
wording      ends, ports and ranges in words
"""
