// Two classes at a time. The moments at which a program is stopped and killed are parts of the time that it took
// without interruption; one that ends before its last moment gets more work (Support/Trial.cs).
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
