using System.Collections.Concurrent;
using System.Data;
using System.Data.Common;

namespace Ccr.Resources.Databases;

/// <summary>
/// A few connections to one database, kept open between uses. One that failed is closed, and those that rest with it:
/// what broke one has mostly broken all.
/// </summary>
internal sealed class ConnectionPool(Func<DbConnection> make, TimeProvider time) : IAsyncDisposable
{
    private readonly SemaphoreSlim _free = new(DatabaseLimits.ConnectionsMax);
    private readonly ConcurrentBag<DbConnection> _resting = [];

    /// <summary>Uses a connection. It is not kept where <paramref name="isBroken"/> says so of the result.</summary>
    public async Task<T> UseAsync<T>(
        Func<DbConnection, Task<T>> use, Func<T, bool>? isBroken, CancellationToken cancel)
    {
        await _free.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            DbConnection connection = _resting.TryTake(out DbConnection? rested)
                ? rested
                : await OpenAsync(cancel).ConfigureAwait(false);
            bool keep = false;
            try
            {
                T result = await use(connection).ConfigureAwait(false);
                keep = connection.State == ConnectionState.Open && isBroken?.Invoke(result) != true;
                return result;
            }
            finally
            {
                if (keep)
                {
                    _resting.Add(connection);
                }
                else
                {
                    await connection.DisposeAsync().ConfigureAwait(false);
                    await CloseRestingAsync().ConfigureAwait(false);
                }
            }
        }
        finally
        {
            _free.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await CloseRestingAsync().ConfigureAwait(false);
        _free.Dispose();
    }

    private async Task<DbConnection> OpenAsync(CancellationToken cancel)
    {
        using CancellationTokenSource late = new(DatabaseLimits.ConnectTimeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancel);
        DbConnection connection = make();
        try
        {
            await connection.OpenAsync(either.Token).ConfigureAwait(false);
            return connection;
        }
        catch (Exception e)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            if (late.IsCancellationRequested && !cancel.IsCancellationRequested)
            {
                throw new TimeoutException(
                    $"No connection was made within {DatabaseLimits.ConnectTimeout.TotalSeconds} s.", e);
            }

            throw;
        }
    }

    private async Task CloseRestingAsync()
    {
        while (_resting.TryTake(out DbConnection? connection))
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }
}
