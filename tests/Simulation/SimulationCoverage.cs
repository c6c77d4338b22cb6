using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Apdus;
using Ccr.Protocol.Messages;

namespace Ccr.Simulation;

/// <summary>Which kinds of frames, records, messages and inputs occurred, and how often.</summary>
public sealed class SimulationCoverage
{
    private readonly Dictionary<(Type Kind, string Detail), long> _seen = [];

    /// <summary>What occurred, by name.</summary>
    public IEnumerable<(string What, long Count)> Items() => _seen
        .Select(s => ($"{Group(s.Key.Kind)} {s.Key.Kind.Name}{s.Key.Detail}", s.Value))
        .OrderBy(s => s.Item1, StringComparer.Ordinal);

    /// <summary>Adds what another run saw.</summary>
    public void Add(SimulationCoverage other)
    {
        foreach (((Type, string) key, long count) in other._seen)
        {
            _seen[key] = _seen.GetValueOrDefault(key) + count;
        }
    }

    internal void Input(Input input)
    {
        if (input is not (SessionReceived or LinkReceived or NodeReceived))
        {
            See(input.GetType(), "");
        }
    }

    internal void Record(LogContent content) => See(content.GetType(), content switch
    {
        LogCommit { Branch: null } => " (root)",
        LogCommit => " (intermediate)",
        LogDamage { Branch: null } => " (root)",
        Heuristic h => h.Decision == Decision.Commit ? "(commit)" : "(rollback)",
        _ => "",
    });

    internal void Session(SessionMessage message) => See(message.GetType(), message switch
    {
        Done done => done.Outcome switch
        {
            DoneOutcome.Committed => "(committed)",
            DoneOutcome.RolledBack => "(rolled back)",
            _ => "(mix)",
        },
        OutcomeIs outcome => OutcomeOf(outcome.Outcome),
        RequestRefused refused => $"({refused.Refusal.Code})",
        DoneCommit { Damages.Count: > 0 } => "(damages)",
        RolledBack { Damages.Count: > 0 } => "(damages)",
        _ => "",
    });

    internal void Node(LinkMessage message) => See(message.GetType(), "");

    internal void Frame(AssociationMessage message)
    {
        if (message is Data data)
        {
            See(data.Apdu.GetType(), data.Apdu switch
            {
                RecoverRi recover => StateOf(recover.State),
                RecoverRc recover => StateOf(recover.State),
                CommitRc commit when commit.User != UserData.None => "(report)",
                _ => "",
            });
        }
        else
        {
            See(message.GetType(), "");
        }
    }

    private static string OutcomeOf(Outcome outcome) => outcome switch
    {
        Outcome.Committed => "(committed)",
        Outcome.RolledBack => "(rolled back)",
        Outcome.Forgotten => "(forgotten)",
        Outcome.InDoubt => "(in doubt)",
        _ => "(active)",
    };

    private static string StateOf(RecoveryState state) => state switch
    {
        RecoveryState.Commit => "(commit)",
        RecoveryState.Ready => "(ready)",
        RecoveryState.Done => "(done)",
        RecoveryState.Unknown => "(unknown)",
        _ => "(retry-later)",
    };

    private static string Group(Type kind) =>
        typeof(Apdu).IsAssignableFrom(kind) ? "apdu"
        : typeof(LogContent).IsAssignableFrom(kind) ? "record"
        : typeof(SessionMessage).IsAssignableFrom(kind) ? "session"
        : typeof(LinkMessage).IsAssignableFrom(kind) ? "link" : "input";

    private void See(Type kind, string detail) => _seen[(kind, detail)] = _seen.GetValueOrDefault((kind, detail)) + 1;
}
