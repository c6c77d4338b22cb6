using System.Collections;
using System.Reflection;
using System.Transactions;

namespace Ccr.SystemTransactions;

/// <summary>How many stock drivers take part in a transaction.</summary>
/// <param name="Npgsql">Connections of Npgsql.</param>
/// <param name="Others">Enlistments of drivers that assisted mode does not know, by their assemblies.</param>
internal readonly record struct DriverCount(int Npgsql, IReadOnlyList<string> Others)
{
    public int All => Npgsql + Others.Count;
}

/// <summary>
/// Looks into a transaction for those who enlisted volatile: the runtime has no public way to ask. Whether this runtime
/// is built as expected is tried once; where it is not, <see cref="Drivers"/> is null and the stricter rule holds.
/// </summary>
internal static class Volatiles
{
    private const BindingFlags Fields = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;
    private static readonly string[] OtherDrivers =
    [
        "MySqlConnector", "MySql.Data", "Microsoft.Data.SqlClient", "System.Data.SqlClient",
        "Oracle.ManagedDataAccess", "FirebirdSql.Data.FirebirdClient", "IBM.Data.Db2",
    ];

    private static readonly Reader? Known = TryMake();

    /// <summary>True when this runtime lets us look.</summary>
    public static bool CanCount => Known is not null;

    /// <summary>The drivers that are enlisted now; null when this runtime does not let us look.</summary>
    public static DriverCount? Drivers(Transaction transaction)
    {
        if (Known is null)
        {
            return null;
        }

        int npgsql = 0;
        List<string>? others = null;
        foreach (object notification in Known.Enlisted(transaction))
        {
            string assembly = notification.GetType().Assembly.GetName().Name ?? "";
            if (assembly == "Npgsql")
            {
                npgsql++;
            }
            else if (OtherDrivers.Contains(assembly))
            {
                (others ??= []).Add(assembly);
            }
        }

        return new DriverCount(npgsql, (IReadOnlyList<string>?)others ?? []);
    }

    /// <summary>Makes the reader, and tries it on a transaction of its own.</summary>
    private static Reader? TryMake()
    {
        try
        {
            Reader reader = new();
            using CommittableTransaction trial = new();
            Probe first = new(), second = new();
            trial.EnlistVolatile(first, EnlistmentOptions.None);
            trial.EnlistVolatile(second, EnlistmentOptions.None);
            bool isRight = reader.Enlisted(trial).SequenceEqual([first, second]);
            trial.Rollback();
            return isRight ? reader : null;
        }
        catch (Exception e) when (e is MissingFieldException or NullReferenceException or InvalidCastException
            or FieldAccessException or ArgumentException or TransactionException)
        {
            return null; // built otherwise: nothing can be counted
        }
    }

    private sealed class Reader
    {
        private readonly FieldInfo _internal = Field(typeof(Transaction), "_internalTransaction");
        private readonly FieldInfo _volatiles;
        private readonly FieldInfo _enlistments;
        private readonly FieldInfo _count;
        private readonly FieldInfo _notification;

        public Reader()
        {
            _volatiles = Field(_internal.FieldType, "_phase1Volatiles");
            _enlistments = Field(_volatiles.FieldType, "_volatileEnlistments");
            _count = Field(_volatiles.FieldType, "_volatileEnlistmentCount");
            _notification = Field(_enlistments.FieldType.GetElementType()!, "_twoPhaseNotifications");
        }

        public IEnumerable<object> Enlisted(Transaction transaction)
        {
            object set = _volatiles.GetValue(_internal.GetValue(transaction)!)!;
            int count = (int)_count.GetValue(set)!;
            IEnumerable enlistments = count == 0 ? Array.Empty<object>() : (IEnumerable)_enlistments.GetValue(set)!;
            foreach (object? enlistment in enlistments)
            {
                if (count-- > 0 && enlistment is not null && _notification.GetValue(enlistment) is { } notification)
                {
                    yield return notification;
                }
            }
        }

        private static FieldInfo Field(Type type, string name) =>
            type.GetField(name, Fields) ?? throw new MissingFieldException(type.FullName, name);
    }

    private sealed class Probe : IEnlistmentNotification
    {
        public void Prepare(PreparingEnlistment preparingEnlistment) => preparingEnlistment.Done();

        public void Commit(Enlistment enlistment) => enlistment.Done();

        public void Rollback(Enlistment enlistment) => enlistment.Done();

        public void InDoubt(Enlistment enlistment) => enlistment.Done();
    }
}
