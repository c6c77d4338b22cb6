using System.Data.Common;
using System.Globalization;
using Ccr.Client;
using Ccr.Resources.Xa;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Ccr.Http.Tests;

/// <summary>A web application that is a Server of a node, on Kestrel.</summary>
internal sealed class TestService : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestService(WebApplication app) => _app = app;

    /// <summary>Ends the requests that wait for it.</summary>
    public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when such a request waits.</summary>
    public TaskCompletionSource AtGate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public CcrService Service => _app.Services.GetRequiredService<CcrService>();

    public Uri Address => new(_app.Urls.First());

    public static async Task<TestService> StartAsync(
        TestNode node, string name, XaDatabase? database = null, Action<CcrServiceOptions>? configure = null,
        TestService? next = null, Func<int, Task>? work = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(["--urls", "http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        builder.Services.AddCcrService(options =>
        {
            options.Name = name;
            options.NodeData = node.Layout.Root;
            configure?.Invoke(options);
        });
        if (next is not null)
        {
            builder.Services.AddHttpClient("next", http => http.BaseAddress = next.Address)
                .AddCcrActions(next.Service.Name);
        }

        WebApplication app = builder.Build();
        TestService service = new(app);
        app.UseCcrActions();
        app.MapPost("/add/{row:int}", async (int row, CancellationToken stop) => await AddAsync(database!, row, stop));
        app.MapPost("/own/{row:int}", (int row) => work!(row));
        app.MapGet("/read/{row:int}", async (int row) => await ReadAsync(database!, row));
        app.MapPost("/throw/{row:int}", async (int row, CancellationToken stop) =>
        {
            await AddAsync(database!, row, stop);
            throw new InvalidOperationException("the printer is on fire");
        });
        app.MapPost("/fail/{row:int}", async (int row, CancellationToken stop) =>
        {
            await AddAsync(database!, row, stop);
            return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        });
        app.MapPost("/cut/{row:int}", async (int row, HttpContext http) =>
        {
            await AddAsync(database!, row, http.RequestAborted);
            http.Abort();
        });
        app.MapPost("/wait/{row:int}", async (int row, HttpContext http) =>
        {
            await AddAsync(database!, row, http.RequestAborted);
            service.AtGate.TrySetResult();
            await service.Gate.Task.WaitAsync(http.RequestAborted);
        });
        app.MapPost("/late/{row:int}", async (int row, HttpContext http) =>
        {
            http.Response.ContentLength = 2;
            await http.Response.WriteAsync("ok", CancellationToken.None); // the Client may go on from here
            await service.Gate.Task;
            await AddAsync(database!, row, CancellationToken.None);
        });
        app.MapPost("/relay/{what}/{row:int}", async (string what, int row, IHttpClientFactory http) =>
        {
            using HttpResponseMessage answer = await http.CreateClient("next").PostAsync(
                new Uri($"/{what}/{row}", UriKind.Relative), null);
            return Results.StatusCode((int)answer.StatusCode);
        });
        await app.StartAsync();
        await service.Service.Server!.Registered;
        return service;
    }

    /// <summary>Sends a request within what the caller works for; the status.</summary>
    public async Task<int> PostAsync(string what, int row)
    {
        using HttpClient http = NewClient();
        using HttpResponseMessage answer = await http.PostAsync(
            new Uri(string.Create(CultureInfo.InvariantCulture, $"/{what}/{row}"), UriKind.Relative), null);
        return (int)answer.StatusCode;
    }

    /// <summary>A client whose requests are sent within the caller's action.</summary>
    public HttpClient NewClient() => new(new CcrActionHandler(Service.Name) { InnerHandler = new SocketsHttpHandler() })
    {
        BaseAddress = Address,
    };

    public Task StopServiceAsync() => Service.StopAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        Gate.TrySetResult();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    /// <summary>The work of the tests, the same wherever it runs.</summary>
    public static async Task AddAsync(XaDatabase database, int row, CancellationToken cancellation)
    {
        XaConnection connection = await database.OpenAsync(cancellation: cancellation);
        await using DbCommand add = connection.CreateCommand();
        add.CommandText = string.Create(
            CultureInfo.InvariantCulture, $"UPDATE t SET v = v + 1 WHERE id = {row}");
        await add.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task<string> ReadAsync(XaDatabase database, int row)
    {
        XaConnection connection = await database.OpenAsync();
        await using DbCommand read = connection.CreateCommand();
        read.CommandText = string.Create(CultureInfo.InvariantCulture, $"SELECT v FROM t WHERE id = {row}");
        return $"{await read.ExecuteScalarAsync()}";
    }
}
