using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;

namespace Ccr.Ccrctl.Nodes;

/// <summary>An operator's session with the CCR Manager of one node (asn1/CCR-Session.asn1, role operator).</summary>
public sealed class OperatorClient : IAsyncDisposable
{
    private const int ProtocolVersion = 1;

    private readonly RequestConnection<SessionMessage> _requests;

    private OperatorClient(RequestConnection<SessionMessage> requests, ManagerIdentity identity)
    {
        _requests = requests;
        Identity = identity;
    }

    /// <summary>Who the manager is.</summary>
    public ManagerIdentity Identity { get; }

    /// <summary>Opens the session.</summary>
    /// <exception cref="CommandFailedException">The node cannot be reached, or refuses.</exception>
    public static async Task<OperatorClient> ConnectAsync(NodeLayout node, CancellationToken cancellation)
    {
        RequestConnection<SessionMessage> requests = await RequestConnection<SessionMessage>.OpenAsync(
            node.ManagerSocket, "The CCR Manager", SessionMessage.Decode, cancellation).ConfigureAwait(false);
        try
        {
            SessionMessage answer = await requests.AskAsync(
                RequestConnection<SessionMessage>.Unnumbered,
                new Hello(ProtocolVersion, SessionRole.Operator, "ccrctl", null),
                cancellation).ConfigureAwait(false);
            return new OperatorClient(requests, Expect<Welcome>(answer).Identity);
        }
        catch
        {
            await requests.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>How the manager is.</summary>
    public Task<Status> StatusAsync(CancellationToken cancellation) =>
        AskAsync<Status>(reference => new AskStatus(reference), cancellation);

    /// <summary>The actions that the manager has, or one alone with its branches.</summary>
    public Task<Actions> ActionsAsync(AtomicActionId? action, bool held, int limit, CancellationToken cancellation) =>
        AskAsync<Actions>(reference => new AskActions(reference, action, held, limit), cancellation);

    /// <summary>What all nodes recorded of an action.</summary>
    public Task<Trace> TraceAsync(AtomicActionId action, CancellationToken cancellation) =>
        AskAsync<Trace>(reference => new AskTrace(reference, action), cancellation);

    /// <summary>What became of an action, as a Client would be told.</summary>
    public Task<OutcomeIs> OutcomeAsync(AtomicActionId action, CancellationToken cancellation) =>
        AskAsync<OutcomeIs>(reference => new AskOutcome(reference, action), cancellation);

    /// <summary>Takes a heuristic decision; answers with the manager's sentence.</summary>
    public Task<string> ResolveAsync(
        AtomicActionId action, BranchId? branch, Decision decision, CancellationToken cancellation) =>
        OrderAsync(r => new Resolve(r, action, branch, decision, Environment.UserName), cancellation);

    /// <summary>Forgets the recorded damage of an action (SEM-4).</summary>
    public Task<string> ForgetAsync(AtomicActionId action, CancellationToken cancellation) =>
        OrderAsync(r => new ForgetDamage(r, action, Environment.UserName), cancellation);

    /// <summary>Accepts a known node's name on another log (SEM-6).</summary>
    public Task<string> ResetNodeAsync(NodeName node, CancellationToken cancellation) =>
        OrderAsync(r => new ResetNode(r, node, Environment.UserName), cancellation);

    /// <summary>Every prepared branch on the node's databases.</summary>
    public Task<Orphans> OrphansAsync(string? database, CancellationToken cancellation) =>
        AskAsync<Orphans>(reference => new AskOrphans(reference, database), cancellation);

    /// <summary>Makes a database known; answers with what is doubtful about it.</summary>
    public Task<string> RegisterDatabaseAsync(
        string name, string kind, string connection, string driver, string path, CancellationToken cancellation) =>
        OrderAsync(r => new RegisterDatabase(r, name, kind, connection, driver, path), cancellation);

    /// <summary>Scans the databases now; answers with what each showed.</summary>
    public Task<string> ScanDatabasesAsync(CancellationToken cancellation) =>
        OrderAsync(r => new ScanDatabases(r), cancellation);

    /// <summary>Ends one prepared branch; answers with the manager's sentence.</summary>
    public Task<string> ResolveOrphanAsync(
        string database, string name, OrphanDecision decision, CancellationToken cancellation) =>
        OrderAsync(r => new ResolveOrphan(r, database, name, decision, Environment.UserName), cancellation);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _requests.DisposeAsync();

    private async Task<string> OrderAsync(Func<long, SessionMessage> order, CancellationToken cancellation)
    {
        try
        {
            return (await AskAsync<Accomplished>(order, cancellation).ConfigureAwait(false)).Text;
        }
        catch (CommandFailedException lost) when (lost.ExitCode == ExitCodes.Unreachable)
        {
            // The order may have been carried out: unknown is not no.
            throw new CommandFailedException(
                ExitCodes.Unknown,
                $"{lost.Message} Whether the order was carried out is unknown: look with show.",
                lost);
        }
    }

    private async Task<TAnswer> AskAsync<TAnswer>(Func<long, SessionMessage> request, CancellationToken cancellation)
        where TAnswer : SessionMessage
    {
        long reference = _requests.NextReference();
        return Expect<TAnswer>(
            await _requests.AskAsync(reference, request(reference), cancellation).ConfigureAwait(false));
    }

    private static TAnswer Expect<TAnswer>(SessionMessage answer)
        where TAnswer : SessionMessage => answer switch
        {
            TAnswer expected => expected,
            RequestRefused refused => throw new CommandFailedException(ExitCodes.Refused, refused.Refusal.Text),
            _ => throw new CommandFailedException(
                ExitCodes.Unreachable,
                $"The CCR Manager answered with {answer.GetType().Name}, which was not asked for."),
        };
}
