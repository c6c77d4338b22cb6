using System.Diagnostics;
using System.Transactions;
using Ccr.Client;
using Ccr.Resources.Xa;
using Ccr.SystemTransactions;
using Npgsql;

namespace Ccr.Samples.NpgsqlOrphan;

/// <summary>
/// The application: one order in one database, its goods in another, in a TransactionScope. It kills itself with
/// SIGKILL between the driver's two COMMIT PREPAREDs (or, when told "prepare", between its two PREPAREs). With a
/// manager's socket it adds one line; nothing else differs.
/// </summary>
internal static class Application
{
    public static async Task<int> RunAsync(string orders, string stock, string managerSocket, bool inPrepare)
    {
        CcrTransactions? ccr = managerSocket.Length == 0 ? null : await ConnectAsync(orders, stock, managerSocket);
        using TransactionScope scope = new(TransactionScopeAsyncFlowOption.Enabled);
        ccr?.Assist("orders", "stock"); // the line
        await ExecuteAsync(orders, "INSERT INTO orders VALUES (4711, 'a bicycle')");
        Transaction.Current!.EnlistVolatile(new Killer(inPrepare), EnlistmentOptions.None);
        await ExecuteAsync(stock, "UPDATE stock SET left_over = left_over - 1 WHERE goods = 'a bicycle'");
        scope.Complete();
        return 0;
    }

    private static async Task<CcrTransactions> ConnectAsync(string orders, string stock, string managerSocket) => new(
        await CcrClient.ConnectAsync(managerSocket),
        [
            new XaDatabase("orders", NpgsqlDataSource.Create(orders + "Enlist=false"), PostgreSqlDialect.Instance),
            new XaDatabase("stock", NpgsqlDataSource.Create(stock + "Enlist=false"), PostgreSqlDialect.Instance),
        ]);

    private static async Task ExecuteAsync(string connectionString, string text)
    {
        await using NpgsqlConnection connection = new(connectionString);
        await connection.OpenAsync();
        await using NpgsqlCommand command = new(text, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Enlisted between the two connections, it is asked and told between them.</summary>
    private sealed class Killer(bool inPrepare) : IEnlistmentNotification
    {
        public void Prepare(PreparingEnlistment preparingEnlistment)
        {
            if (inPrepare)
            {
                Kill();
            }

            preparingEnlistment.Prepared();
        }

        public void Commit(Enlistment enlistment) => Kill();

        private static void Kill()
        {
            using Process self = Process.GetCurrentProcess();
            self.Kill(); // SIGKILL
            self.WaitForExit();
        }

        public void Rollback(Enlistment enlistment) => enlistment.Done();

        public void InDoubt(Enlistment enlistment) => enlistment.Done();
    }
}
