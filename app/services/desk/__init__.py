"""What the ops desk reads: home, projects, pauses, plans, proposals, the unplaced.

Every function returns small frozen rows and changes nothing.
"""
