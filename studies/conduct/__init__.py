"""How a study is conducted over time: its milestones, the versions of its protocol, its participants by month."""
