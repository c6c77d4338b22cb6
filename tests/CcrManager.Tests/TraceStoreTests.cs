using Ccr.AtomicActions.Contract;
using Ccr.CcrManager.Operator;
using Ccr.Protocol.Names;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ccr.CcrManager.Tests;

public sealed class TraceStoreTests : IDisposable
{
    private static readonly AeTitle s_owner = AeTitle.Of(NodeName.Parse("tokyo"));
    private readonly string _folder = Directory.CreateTempSubdirectory("ccr-t").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void ItNeverNeedsMoreThanItsLimitAndKeepsTheNewest()
    {
        const int Limit = 100_000;
        using TraceStore store = Open(Limit);
        for (uint i = 0; i < 5_000; i++)
        {
            store.Write([Event(i)], DateTimeOffset.UnixEpoch);
        }

        Assert.InRange(Directory.GetFiles(_folder).Sum(file => new FileInfo(file).Length), Limit / 2, Limit);
        Assert.Empty(store.Read(Action(0)));
        Assert.Single(store.Read(Action(4_999)));
        Assert.Single(store.Read(Action(4_500)));
    }

    [Fact]
    public void APartOfAnEntryThatAKilledProcessLeftIsCutOff()
    {
        using (TraceStore store = Open(1 << 20))
        {
            store.Write([Event(1), Event(2)], DateTimeOffset.UnixEpoch);
        }

        string file = Directory.GetFiles(_folder).Single();
        byte[] whole = File.ReadAllBytes(file);
        File.WriteAllBytes(file, [.. whole, .. whole[..^3]]);
        using (TraceStore store = Open(1 << 20))
        {
            store.Write([Event(3)], DateTimeOffset.UnixEpoch);
            Assert.Single(store.Read(Action(1)));
            Assert.Single(store.Read(Action(2)));
            Assert.Single(store.Read(Action(3)));
        }
    }

    [Fact]
    public void SwitchedOffItKeepsNothing()
    {
        using TraceStore store = new(null, NodeName.Parse("tokyo"), 1, NullLogger.Instance);
        store.Write([Event(1)], DateTimeOffset.UnixEpoch);
        Assert.Empty(store.Read(Action(1)));
    }

    private TraceStore Open(long limit) =>
        new(_folder, NodeName.Parse("tokyo"), limit, NullLogger.Instance);

    private static AtomicActionId Action(ulong counter) => new(s_owner, Suffix.OfCounter(1, counter));

    private static Traced Event(ulong counter) => new(Action(counter), "client", "manager tokyo", "TransOpen", 0);
}
