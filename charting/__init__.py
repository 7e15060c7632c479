"""Charts injection sites on body maps that are exact in millimetres.

    domain    the words and the values: laterality, places, sites, errors
    anatomy   the atlas: body maps, structures, and the name of what lies under a tap

Dependencies point from the bottom of this list to its top.
"""
