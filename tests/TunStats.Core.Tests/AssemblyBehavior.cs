using Xunit;

// A program that a test starts holds copies of every descriptor between fork and exec. A TUN device of another test
// would outlive its closing by that moment, so tests run one after the other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
