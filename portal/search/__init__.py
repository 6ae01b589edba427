"""Full text in Portuguese, and one box over all desks, within what the person may see."""
