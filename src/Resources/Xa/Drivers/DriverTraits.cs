using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Ccr.Resources.Xa;

/// <summary>
/// What drivers offer beyond ADO.NET, found by name, once a type: the number of a connection's backend (Npgsql's
/// ProcessID, MySqlConnector's ServerThread), a batch whose statements answer one by one (Npgsql's
/// EnableErrorBarriers), the number of a MySQL error. A driver without them works, with a round trip more.
/// </summary>
internal static class DriverTraits
{
    private const string WholeDrivers =
        "A program that is trimmed keeps the whole assembly of the driver that it ships (TrimmerRootAssembly).";

    private static readonly ConcurrentDictionary<Type, MethodInvoker?> Backends = new();
    private static readonly ConcurrentDictionary<Type, MethodInvoker?> Barriers = new();
    private static readonly ConcurrentDictionary<Type, PropertyInfo?> Numbers = new();

    /// <summary>The backend's number, or 0 when the driver does not say.</summary>
    internal static int BackendOf(DbConnection connection) =>
        Backends.GetOrAdd(connection.GetType(), FindBackend)?.Invoke(connection) as int? ?? 0;

    /// <summary>
    /// Asks that each statement's answer is sent before the next one runs: what the first said arrives even when the
    /// connection is lost in the second.
    /// </summary>
    internal static void AnswerOneByOne(DbBatch batch) =>
        Barriers.GetOrAdd(batch.GetType(), FindBarrier)?.Invoke(batch, true);

    /// <summary>The number of an error of MySQL or MariaDB, or 0.</summary>
    internal static int NumberOf(Exception exception) =>
        Numbers.GetOrAdd(exception.GetType(), FindNumber)?.GetValue(exception)
            is int number ? number : 0;

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = WholeDrivers)]
    private static MethodInvoker? FindBackend(Type type) =>
        (type.GetProperty("ProcessID", typeof(int)) ?? type.GetProperty("ServerThread", typeof(int)))?.GetMethod
            is { } getter ? MethodInvoker.Create(getter) : null;

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = WholeDrivers)]
    private static MethodInvoker? FindBarrier(Type type) =>
        type.GetProperty("EnableErrorBarriers", typeof(bool))?.SetMethod is { } setter
            ? MethodInvoker.Create(setter)
            : null;

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = WholeDrivers)]
    private static PropertyInfo? FindNumber(Type type) => type.GetProperty("Number", typeof(int));
}
