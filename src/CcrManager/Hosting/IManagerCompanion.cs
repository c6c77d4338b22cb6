using Ccr.Client;
using Ccr.Protocol.Names;
using Microsoft.Extensions.Logging;

namespace Ccr.CcrManager;

/// <summary>
/// Something that lives with a running manager, in its process: the Servers of the node's databases, for example. A
/// fresh one is made for every start of every manager of the process, those of adopted logs included (SEM-17), and is
/// disposed of before that manager is.
/// </summary>
/// <remarks>
/// A companion reaches its manager as any Server or Client does: through <see cref="NodeLayout.ManagerSocket"/>.
/// Clients are welcomed when all companions have started, so that they find what these bring.
/// When its session is lost it stops what it does and waits for the manager or for its own end. One that is an
/// <see cref="IDatabaseDesk"/> too is asked, from its start on, what concerns the node's databases.
/// </remarks>
public interface IManagerCompanion : IAsyncDisposable
{
    /// <summary>
    /// True when nothing that this manager promised, decided or may have left behind is known or feared here: all that
    /// could be asked was asked (a scan of each database, say) and showed nothing. An adopted log is given up, and a
    /// stopped one passed over by its neighbours, only when every companion was settled. Asked often; must not wait.
    /// </summary>
    bool IsSettled { get; }

    /// <summary>
    /// Called once, when the manager has recovered its log and listens. What is merely absent (a database that is
    /// down) is not a failure but something to try again.
    /// </summary>
    /// <exception cref="IOException">It can never work as configured: the manager does not start.</exception>
    Task StartAsync(ManagerSurroundings surroundings, CancellationToken cancellation);
}

/// <summary>The manager that a companion lives with.</summary>
/// <param name="Identity">Who it is: node, log, epoch. What is prepared for it carries these (SEM-3).</param>
/// <param name="Layout">The node's folder: the manager's socket, and room for the companion's own files.</param>
/// <param name="Address">Where peers reach the manager, "HOST:PORT".</param>
/// <param name="IsAdopted">True when it runs another process' log, to finish what that one left (SEM-17).</param>
/// <param name="Logger">The manager's log for people.</param>
/// <param name="Time">The clock.</param>
public sealed record ManagerSurroundings(
    ManagerIdentity Identity, NodeLayout Layout, string Address, bool IsAdopted, ILogger Logger, TimeProvider Time);

/// <summary>Makes the companions of managers: register with AddManagerCompanion.</summary>
public interface IManagerCompanionFactory
{
    /// <summary>A companion for one start of one manager.</summary>
    IManagerCompanion Create();
}
