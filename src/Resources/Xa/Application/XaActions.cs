using Ccr.Client;
using Ccr.Protocol.Names;

namespace Ccr.Resources.Xa;

/// <summary>Databases in an atomic action.</summary>
public static class XaActions
{
    /// <summary>
    /// A connection to a database of this node whose work is a branch of the action: the same one for every call with
    /// the same database. It is not closed by the caller.
    /// </summary>
    /// <param name="action">The action.</param>
    /// <param name="database">The database.</param>
    /// <param name="options">Isolation, read-only; counts for the first call.</param>
    /// <param name="cancellation">Ends the wait for a connection.</param>
    /// <exception cref="CcrRefusedException">The action is rolled back already, or can only be.</exception>
    /// <exception cref="InvalidOperationException">The action is closed.</exception>
    public static async ValueTask<XaConnection> OpenAsync(
        this AtomicAction action, XaDatabase database, XaOpenOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(action);
        ArgumentNullException.ThrowIfNull(database);
        if (action.Find(database.Name) is XaBranch begun)
        {
            return begun.Connection;
        }

        XaOpenOptions asked = options ?? XaOpenOptions.Default;
        if (asked.Isolation == System.Data.IsolationLevel.Unspecified)
        {
            asked = asked with { Isolation = action.Isolation };
        }

        BranchId id = action.NewBranch();
        XaBranch branch = await XaBranch.BeginAsync(
            database, XaBranch.NameOf(action, id), asked, cancellation).ConfigureAwait(false);
        return await AddAsync(branch, action.Add).ConfigureAwait(false);
    }

    /// <summary>The same for a Server that works in a branch of somebody else's action.</summary>
    /// <exception cref="CcrManagerLostException">The session broke: the branch is rolled back.</exception>
    /// <exception cref="CcrRefusedException">The branch is prepared or over.</exception>
    public static async ValueTask<XaConnection> OpenAsync(
        this BranchContext context, XaDatabase database, XaOpenOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(database);
        IApplicationBranch branch = await context.FindOrAddAsync(database.Name, BeginAsync, cancellation)
            .ConfigureAwait(false);
        return ((XaBranch)branch).Connection;

        async Task<IApplicationBranch> BeginAsync(CancellationToken stop) => await XaBranch.BeginAsync(
            database, XaBranch.NameOf(context, context.NewBranch()), options ?? XaOpenOptions.Default, stop)
            .ConfigureAwait(false);
    }

    /// <summary>
    /// The same for whatever the running code works for: the branch of the request that a service has taken, or the
    /// action that was entered (<see cref="CcrAmbient"/>).
    /// </summary>
    /// <exception cref="InvalidOperationException">The code works for no action.</exception>
    public static ValueTask<XaConnection> OpenAsync(
        this XaDatabase database, XaOpenOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        return CcrAmbient.Branch is { } branch ? branch.OpenAsync(database, options, cancellation)
            : CcrAmbient.Action is { } action ? action.OpenAsync(database, options, cancellation)
            : throw new InvalidOperationException(
                $"No atomic action is entered here: enter one (CcrAmbient.Enter), or open {database.Name} "
                + "without one.");
    }

    private static async ValueTask<XaConnection> AddAsync(XaBranch branch, Action<IApplicationBranch> add)
    {
        try
        {
            add(branch);
            return branch.Connection;
        }
        catch
        {
            await branch.RollbackAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }
}
