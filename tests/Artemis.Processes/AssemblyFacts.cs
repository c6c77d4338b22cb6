// Programs are stopped and killed at chosen moments: two of them at a time would make each other's moments random.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
