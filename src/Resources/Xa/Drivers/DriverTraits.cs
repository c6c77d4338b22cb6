using System.Collections.Concurrent;
using System.Data.Common;
using System.Reflection;

namespace Ccr.Resources.Xa;

/// <summary>
/// What drivers offer beyond ADO.NET, found by name, once a type: the number of a connection's backend (Npgsql's
/// ProcessID, MySqlConnector's ServerThread), a batch whose statements answer one by one (Npgsql's
/// EnableErrorBarriers), the number of a MySQL error. A driver without them works, with a round trip more.
/// </summary>
internal static class DriverTraits
{
    private static readonly ConcurrentDictionary<Type, Func<DbConnection, int>?> Backends = new();
    private static readonly ConcurrentDictionary<Type, Action<DbBatch, bool>?> Barriers = new();
    private static readonly ConcurrentDictionary<Type, PropertyInfo?> Numbers = new();

    /// <summary>The backend's number, or 0 when the driver does not say.</summary>
    internal static int BackendOf(DbConnection connection) =>
        Backends.GetOrAdd(connection.GetType(), FindBackend)?.Invoke(connection) ?? 0;

    /// <summary>
    /// Asks that each statement's answer is sent before the next one runs: what the first said arrives even when the
    /// connection is lost in the second.
    /// </summary>
    internal static void AnswerOneByOne(DbBatch batch) =>
        Barriers.GetOrAdd(batch.GetType(), FindBarrier)?.Invoke(batch, true);

    /// <summary>The number of an error of MySQL or MariaDB, or 0.</summary>
    internal static int NumberOf(Exception exception) =>
        Numbers.GetOrAdd(exception.GetType(), static t => t.GetProperty("Number", typeof(int)))?.GetValue(exception)
            is int number ? number : 0;

    private static Func<DbConnection, int>? FindBackend(Type type)
    {
        PropertyInfo? property = type.GetProperty("ProcessID", typeof(int))
            ?? type.GetProperty("ServerThread", typeof(int));
        return property?.GetMethod is { } getter ? Open<Func<DbConnection, int>>(nameof(Getter), type, getter) : null;
    }

    private static Action<DbBatch, bool>? FindBarrier(Type type) =>
        type.GetProperty("EnableErrorBarriers", typeof(bool))?.SetMethod is { } setter
            ? Open<Action<DbBatch, bool>>(nameof(Setter), type, setter)
            : null;

    private static TDelegate Open<TDelegate>(string maker, Type type, MethodInfo method) =>
        (TDelegate)typeof(DriverTraits).GetMethod(maker, BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(type).Invoke(null, [method])!;

    private static Func<DbConnection, int> Getter<TConnection>(MethodInfo getter)
        where TConnection : DbConnection
    {
        Func<TConnection, int> typed = getter.CreateDelegate<Func<TConnection, int>>();
        return connection => typed((TConnection)connection);
    }

    private static Action<DbBatch, bool> Setter<TBatch>(MethodInfo setter)
        where TBatch : DbBatch
    {
        Action<TBatch, bool> typed = setter.CreateDelegate<Action<TBatch, bool>>();
        return (batch, on) => typed((TBatch)batch, on);
    }
}
