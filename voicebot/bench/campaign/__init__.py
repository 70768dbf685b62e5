"""A campaign over virtual time and virtual telephones: the real queue, policy and dispatcher, nobody called."""
