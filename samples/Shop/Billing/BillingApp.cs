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
/// Billing: accounts in a PostgreSQL database. Nothing in it knows where an atomic action began, or who takes part.
/// </summary>
public static class BillingApp
{
    private const string Tables =
        "CREATE TABLE IF NOT EXISTS accounts (customer text PRIMARY KEY, balance int NOT NULL); "
        + "INSERT INTO accounts VALUES ('alice', 100) ON CONFLICT DO NOTHING";

    /// <summary>The application, with its tables, and its database known to its node.</summary>
    public static async Task<WebApplication> BuildAsync(
        string[] args, Action<NpgsqlDataSourceBuilder>? configure = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        NpgsqlDataSourceBuilder source = new(builder.Configuration["Database"]);
        configure?.Invoke(source);
        builder.Services.AddCcrService(); // the sections CcrService:Name and CcrService:NodeData say who it is
        builder.Services.AddSingleton(new XaDatabase("billing", source.Build(), PostgreSqlDialect.Instance));
        WebApplication app = builder.Build();
        await PrepareAsync(app.Services.GetRequiredService<XaDatabase>(), app.Configuration);

        app.UseCcrActions();
        app.MapPost("/charge/{customer}/{amount:int}", ChargeAsync);
        app.MapGet("/balance/{customer}", BalanceAsync);
        return app;
    }

    /// <summary>A part of the caller's atomic action: done with all the rest of it, or not at all.</summary>
    private static async Task<IResult> ChargeAsync(
        string customer, int amount, XaDatabase database, CancellationToken cancellation)
    {
        XaConnection billing = await database.OpenAsync(cancellation: cancellation);
        await using DbCommand charge = Command(billing,
            "UPDATE accounts SET balance = balance - $2 WHERE customer = $1 AND balance >= $2", customer, amount);
        return await charge.ExecuteNonQueryAsync(cancellation) == 1
            ? Results.Ok()
            : Results.Text($"{customer} cannot pay {amount}.", statusCode: StatusCodes.Status402PaymentRequired);
    }

    /// <summary>Only reads: within an action, it has changed nothing when it is asked to prepare.</summary>
    private static async Task<IResult> BalanceAsync(
        string customer, XaDatabase database, CancellationToken cancellation)
    {
        if (CcrAmbient.Branch is null)
        {
            await using DbConnection alone = await database.Source.OpenConnectionAsync(cancellation);
            return Results.Text(await BalanceOfAsync(alone, customer, cancellation));
        }

        return Results.Text(await BalanceOfAsync(
            await database.OpenAsync(cancellation: cancellation), customer, cancellation));
    }

    private static async Task<string> BalanceOfAsync(
        DbConnection connection, string customer, CancellationToken cancellation)
    {
        await using DbCommand ask = Command(connection, "SELECT balance FROM accounts WHERE customer = $1", customer);
        return $"{await ask.ExecuteScalarAsync(cancellation)}";
    }

    private static async Task PrepareAsync(XaDatabase database, IConfiguration configuration)
    {
        await using (DbConnection connection = await database.Source.OpenConnectionAsync())
        {
            await using DbCommand tables = Command(connection, Tables);
            await tables.ExecuteNonQueryAsync();
        }

        // From now on the node's manager recovers what this application leaves prepared.
        NodeLayout node = new(configuration["CcrService:NodeData"]!);
        await using CcrClient client = await CcrClient.ConnectAsync(node.ManagerSocket);
        await client.RegisterDatabaseAsync(new CcrDatabase("billing", "postgresql", configuration["Database"]!));
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
