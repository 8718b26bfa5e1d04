-- An instrument that takes a new name keeps its share of every wanted division.
GRANT UPDATE (allocation_target) ON portfolios TO worker_role;
