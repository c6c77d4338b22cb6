using System.Data.Common;
using Ccr.Client;
using Ccr.Http;
using Ccr.Resources.Xa;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Ccr.Samples.Shop;

/// <summary>
/// Orders: takes an order into its own database and has it paid by billing, wherever that is: both, or neither.
/// </summary>
public static class OrdersApp
{
    private const string Tables =
        "CREATE TABLE IF NOT EXISTS orders (number serial PRIMARY KEY, customer text NOT NULL, amount int NOT NULL)";

    /// <summary>The application, with its tables, and its database known to its node.</summary>
    public static async Task<WebApplication> BuildAsync(
        string[] args, Action<NpgsqlDataSourceBuilder>? configure = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        IConfiguration settings = builder.Configuration;
        NpgsqlDataSourceBuilder source = new(settings["Database"]);
        configure?.Invoke(source);
        XaDatabase database = new("orders", source.Build(), PostgreSqlDialect.Instance);
        CcrClient client = await CcrClient.ConnectAsync(new NodeLayout(settings["Node"]!).ManagerSocket);
        await PrepareAsync(database, client, settings["Database"]!);
        builder.Services.AddSingleton(database).AddSingleton(client);
        builder.Services.AddHttpClient("billing", http => http.BaseAddress = new Uri(settings["Billing:Url"]!))
            .AddCcrActions(settings["Billing:Server"]!);

        WebApplication app = builder.Build();
        app.MapPost("/order/{customer}/{amount:int}", OrderAsync);
        app.MapGet("/orders", CountAsync);
        return app;
    }

    private static async Task<IResult> OrderAsync(
        string customer, int amount, CcrClient client, XaDatabase database, IHttpClientFactory http,
        CancellationToken cancellation)
    {
        await using AtomicAction action = await client.OpenAsync(cancellation: cancellation);
        using IDisposable entered = CcrAmbient.Enter(action);

        XaConnection orders = await database.OpenAsync(cancellation: cancellation);
        await using DbCommand insert = Command(
            orders, "INSERT INTO orders (customer, amount) VALUES ($1, $2) RETURNING number", customer, amount);
        object? number = await insert.ExecuteScalarAsync(cancellation);

        using HttpResponseMessage paid = await http.CreateClient("billing").PostAsync(
            new Uri($"/charge/{customer}/{amount}", UriKind.Relative), content: null, cancellation);
        if (!paid.IsSuccessStatusCode)
        {
            await action.RollbackAsync(cancellation);
            return Results.Text(
                $"not ordered: {await paid.Content.ReadAsStringAsync(cancellation)}\n", statusCode: 409);
        }

        CcrOutcome outcome = await action.TransCloseAsync(cancellation: CancellationToken.None);
        return outcome.IsCommitted
            ? Results.Text($"order {number} of {customer} over {amount} is committed, and paid: {action.Id}\n")
            : Results.Text($"not ordered: {outcome.Refusal!.Text}\n", statusCode: 409);
    }

    private static async Task<string> CountAsync(XaDatabase database, CancellationToken cancellation)
    {
        await using DbConnection connection = await database.Source.OpenConnectionAsync(cancellation);
        await using DbCommand count = Command(connection, "SELECT count(*) FROM orders");
        return $"{await count.ExecuteScalarAsync(cancellation)} orders\n";
    }

    private static async Task PrepareAsync(XaDatabase database, CcrClient client, string connectionString)
    {
        await using DbConnection connection = await database.Source.OpenConnectionAsync();
        await using DbCommand tables = Command(connection, Tables);
        await tables.ExecuteNonQueryAsync();

        // From now on the node's manager recovers what this application leaves prepared.
        await client.RegisterDatabaseAsync(new CcrDatabase("orders", "postgresql", connectionString));
    }

    private static DbCommand Command(DbConnection connection, string sql, params object[] values)
    {
        DbCommand command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (object value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }
}
