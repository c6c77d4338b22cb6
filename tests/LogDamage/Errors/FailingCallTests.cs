using Ccr.LogDamage.Tests.Crashes;
using Ccr.LogDamage.Tests.Disks;
using Ccr.LogDamage.Tests.Oracle;

namespace Ccr.LogDamage.Tests.Errors;

/// <summary>
/// Every call that changes the disk fails once, in each way: the log fails once and for ever, promises nothing later,
/// and the next start recovers; a stop of the machine after that loses nothing either.
/// </summary>
public sealed class FailingCallTests
{
    private readonly SortedDictionary<string, int> _met = new(StringComparer.Ordinal);
    private long _cases;
    private long _states;

    [Fact]
    [Trait("Category", "Slow")]
    public void Whichever_call_fails_and_however_the_log_is_over_and_the_next_start_has_all_that_was_promised()
    {
        Evidence.Evidence evidence = new("log-damage", "each call of the disk fails");
        foreach (DiskFault fault in Enum.GetValues<DiskFault>())
        {
            for (int call = 1; FailAt(seed: 3, call, fault); call++)
            {
                _cases++;
            }
        }

        string[] calls = ["cut", "force", "open", "remove", "rename", "write to"];
        Assert.Equal(calls, _met.Keys.Select(met => met[..met.LastIndexOf(' ')]).Distinct().Order());
        evidence.Count("cases", _cases).Count("kinds of calls", _met.Count).Count("recovered", _cases)
            .Count("crash states after the next start", _states).Write();
        string kinds = string.Join(", ", _met.Select(met => $"{met.Key} {met.Value}"));
        Console.WriteLine($"{_cases} failing calls: {kinds}.");
    }

    // False when there was no such call.
    private bool FailAt(int seed, int call, DiskFault fault)
    {
        Workload workload = new(seed) { Batches = 40 };
        CrashDisk disk = new() { FailingCall = call, Fault = fault };
        string? end = workload.Live(disk);
        if (disk.Failed is not { } failed)
        {
            Assert.Null(end);
            return false;
        }

        Assert.NotNull(end);
        Assert.Equal(call, disk.Calls);
        _met[failed] = _met.GetValueOrDefault(failed) + 1;

        // The next process: it sees what the last one wrote, and its own promises hold on the medium.
        Workload next = workload;
        disk = disk.AfterTheProcess();
        disk.LastCall = disk.Calls + 24;
        next.Live(disk);
        foreach (CrashModel model in Enum.GetValues<CrashModel>())
        {
            foreach (DiskImage image in CrashStates.Of(disk, model, next.Random, drawn: 2))
            {
                _states++;
                Judgement found = Judgement.Of(image);
                string? wrong = found switch
                {
                    { Refusal: { } refusal } => refusal,
                    { Log: { } log } => next.History.Fault(log.LastSequence, log.Epoch, log.Live.Snapshot()),
                    _ => next.History.Exists ? "the log is gone" : null,
                };
                Assert.True(wrong is null, $"call {call} ({failed}, {fault}), {model}: {wrong}");
            }
        }

        return true;
    }
}
