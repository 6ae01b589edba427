from tests.access import Access

ACCESS = Access(member={"sixth:list", "sixth:export"}, staff={"sixth:import": "sixth.add_pass"})
