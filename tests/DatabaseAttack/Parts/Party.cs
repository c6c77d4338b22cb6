namespace Ccr.DatabaseAttack;

/// <summary>What an action changes: a database, or a Server's files. Each row, or file, is one action's own.</summary>
internal abstract class Party : IAsyncDisposable
{
    /// <summary>"tokyo.orders".</summary>
    public abstract string Name { get; }

    /// <summary>What the application is told of it.</summary>
    public abstract string Argument { get; }

    /// <summary>True when it is a server that can be killed.</summary>
    public virtual bool IsDatabase => true;

    /// <summary>The counter of a row.</summary>
    public abstract Task<int> ValueAsync(int row);

    /// <summary>How many branches are prepared.</summary>
    public abstract Task<int> PreparedAsync();

    /// <summary>Changes the row, as another session would; throws while it cannot.</summary>
    public abstract Task TouchAsync(int row);

    /// <summary>kill -9 of all its processes.</summary>
    public virtual Task KillAsync() => throw new NotSupportedException();

    /// <summary>Starts it again.</summary>
    public virtual Task StartAsync() => throw new NotSupportedException();

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
