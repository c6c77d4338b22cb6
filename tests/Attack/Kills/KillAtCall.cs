using System.Globalization;

namespace Ccr.Attack;

/// <summary>Kills one process at its k-th write, force or send during one scripted action, for every k.</summary>
/// <param name="nodes">The nodes.</param>
/// <param name="action">What is run.</param>
/// <param name="recovery">
/// True: the victim first dies in doubt, after its READY, and is killed again while it recovers.
/// </param>
internal sealed class KillAtCall(TwoNodes nodes, ScriptedAction action, bool recovery = false)
{
    private const string InDoubt = "after-send:C-READY-RI";
    private const int TriesMax = 6;

    private const int QuietMs = 250;
    private const int CallsMax = 200;

    /// <summary>So many k in a row that do not kill are past the last call: their number swings by one.</summary>
    private const int PastLast = 2;

    private static readonly TimeSpan RunLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(30);

    private readonly List<string> _killedAt = [];
    private readonly HashSet<string> _reached = [];
    private string _content = "0";
    private int _run;

    /// <summary>The calls that killed, in their order.</summary>
    public IReadOnlyList<string> KilledAt => _killedAt;

    /// <summary>All calls of the last run that nothing killed.</summary>
    public IReadOnlyList<string> Uncut { get; private set; } = [];

    /// <summary>Killed runs whose action committed.</summary>
    public int Committed { get; private set; }

    /// <summary>Killed runs whose action was rolled back.</summary>
    public int RolledBack { get; private set; }

    /// <summary>Calls of an undisturbed run that no kill has met, after all tries.</summary>
    public IReadOnlyList<string> Missed =>
        [.. Numbered(Uncut).Where(call => !_reached.Contains(call))];

    /// <summary>
    /// Every k, until one past the last does not kill; then those by name that threads, which came in another order,
    /// have moved past their k.
    /// </summary>
    public async Task RunAsync(Service victim)
    {
        action.Prepare(nodes, _content);
        int survived = 0;
        for (int k = 1; survived < PastLast; k++)
        {
            Assert.True(k < CallsMax, $"{victim.Name} makes more than {CallsMax} calls in one action.");
            survived = await OnceAsync(victim, k, null) ? 0 : survived + 1;
        }

        for (int i = 0; i < TriesMax && Missed.Count > 0; i++)
        {
            foreach (string missed in Missed)
            {
                int at = missed.LastIndexOf(" (", StringComparison.Ordinal);
                await OnceAsync(
                    victim, int.Parse(missed[(at + 2)..^1], CultureInfo.InvariantCulture), missed[..at]);
            }
        }
    }

    /// <summary>"sendto socket (2)": the second of its kind.</summary>
    private static List<string> Numbered(IReadOnlyList<string> calls) =>
        [.. calls.Select((call, at) => $"{call} ({calls.Take(at + 1).Count(c => c == call)})")];

    /// <summary>One run; true when the victim was killed.</summary>
    private async Task<bool> OnceAsync(Service victim, int k, string? of)
    {
        using Tracing tracing = Tracing.Prepare();
        await nodes.ReadyAsync();
        await WarmAsync();
        string before = _content;
        string after = string.Create(CultureInfo.InvariantCulture, $"{++_run}");
        Task<Told> running = recovery
            ? await DieInDoubtAsync(victim, tracing, k, of, after)
            : await BeginAsync(victim, tracing, k, of, after);
        await Until.HoldsAsync(
            () => Task.FromResult(
                tracing.KilledAt is not null || (running.IsCompleted && tracing.IsQuiet(QuietMs))),
            () => $"the action ends: {action.Name}, {victim.Name} at call {k}", RunLimit);
        bool killed = tracing.KilledAt is not null;
        tracing.Dispose();
        if (killed)
        {
            await victim.Exited;
            await nodes.ReadyAsync();
        }

        Told told = await running.WaitAsync(RunLimit);
        await CheckAsync(told, before, after, $"{action.Name}; {victim.Name} killed at {k}: {tracing.KilledAt}");
        Note(killed, told, tracing);
        return killed;
    }

    private async Task<Task<Told>> BeginAsync(Service victim, Tracing tracing, int k, string? of, string content)
    {
        await tracing.AttachAsync(victim.Id);
        await tracing.KillAtAsync(k, of);
        return action.RunAsync(nodes, content);
    }

    private async Task<Task<Told>> DieInDoubtAsync(
        Service victim, Tracing tracing, int k, string? of, string content)
    {
        await victim.KillAsync();
        victim.Start(InDoubt);
        await nodes.ReadyAsync();
        Task<Told> running = Task.FromResult(new Told(false, "", null));
        for (int i = 0; i < TriesMax && running.IsCompleted && victim.IsUp; i++)
        {
            running = action.RunAsync(nodes, content);
            await Task.WhenAny(running, victim.Exited);
        }

        await victim.Exited.WaitAsync(RunLimit);
        victim.StartHalted();
        await tracing.AttachAsync(victim.Id);
        await tracing.KillAtAsync(k, of);
        victim.Go();
        return running;
    }

    private void Note(bool killed, Told told, Tracing tracing)
    {
        if (!killed)
        {
            Uncut = tracing.Calls;
            Assert.True(told.Committed != action.Refuses, $"{action.Name}, with nothing killed: {told}");
            return;
        }

        _killedAt.Add(tracing.KilledAt!);
        _reached.Add(Numbered(tracing.Calls)[^1]);
        Committed += told.Committed == true ? 1 : 0;
        RolledBack += told.Committed == false ? 1 : 0;
    }

    /// <summary>Until one commits: then all associations and look-ups are there, and counts are alike.</summary>
    private Task WarmAsync()
    {
        Told last = new(null, "not run", null);
        return Until.HoldsAsync(
            async () =>
            {
                string content = string.Create(CultureInfo.InvariantCulture, $"{++_run}");
                last = await (action with { Refuses = false }).RunAsync(nodes, content);
                _content = last.Committed == true ? content : _content;
                return last.Committed == true;
            },
            () => $"an action commits before the next kill: {last}", SettleLimit);
    }

    /// <summary>All or nothing, as the Client was told; nobody in doubt, nothing held.</summary>
    private async Task CheckAsync(Told told, string before, string after, string what)
    {
        Assert.True(told.Committed is not null, $"{what}: {told}");
        await nodes.QuietAsync();
        _content = told.Committed == true ? after : before;
        IReadOnlyList<string> found = [];
        await Until.HoldsAsync(
            () =>
            {
                found = action.Contents(nodes);
                return Task.FromResult(found.All(c => c == _content));
            },
            () => $"{what}: the Client was told {told}; it was '{before}', to be '{after}', and is "
                + $"'{string.Join("', '", found)}' (empty: still held)",
            SettleLimit);
    }
}
