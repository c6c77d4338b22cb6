using Ccr.AtomicActions.Contract;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.AtomicActionLog.Tests;

/// <summary>A log in memory that notes what was asked of it, holds a force until told, and fails on command.</summary>
internal sealed class ScriptedLog : IAtomicActionLog
{
    private readonly ManualResetEventSlim _mayForce = new(true);

    public List<string> Calls { get; } = [];

    public ManualResetEventSlim Forcing { get; } = new(false);

    public string? FailNextForce { get; set; }

    public bool IsFull { get; set; }

    public ManagerIdentity Self { get; } = new(NodeName.Parse("tokyo"), default, 1);

    public IReadOnlyList<LogContent> Recovered => [];

    public void HoldForces() => _mayForce.Reset();

    public void LetForces() => _mayForce.Set();

    public void Append(LogContent content)
    {
        lock (Calls)
        {
            Calls.Add(((OperatorNote)content).Text);
        }
    }

    public void Force()
    {
        Forcing.Set();
        _mayForce.Wait();
        if (FailNextForce is not null)
        {
            throw new LogFailedException(FailNextForce);
        }

        lock (Calls)
        {
            Calls.Add("force");
        }
    }

    public void Dispose() => _mayForce.Dispose();
}
