using Ccr.Client;
using Ccr.Protocol.Messages;

namespace Ccr.Http.Tests;

/// <summary>An action opened at tokyo works in a database there, and over HTTP in a service of osaka.</summary>
[Collection("World")]
public sealed class ServiceTests(World world) : IAsyncLifetime
{
    private readonly int _row = world.NewRow();
    private TestService _stock = null!;
    private HttpClient _http = null!;

    public async Task InitializeAsync()
    {
        _stock = await TestService.StartAsync(world.Osaka, world.NewName("osaka"), world.Stock);
        await world.Tokyo.FindsAsync(_stock.Service.Name);
        _http = _stock.NewClient();
    }

    public async Task DisposeAsync()
    {
        _http.Dispose();
        await _stock.DisposeAsync();
    }

    [Fact]
    public async Task Both_databases_commit_with_one_of_each_APDU()
    {
        await using AtomicAction action = await OpenAsync();
        (await PostAsync(action, "add")).EnsureSuccessStatusCode();
        Assert.Null((await action.TransCloseAsync()).Refusal);
        await world.ExpectAsync(_row, 1, 1);
        string[] said = [.. (await world.Tokyo.SaidAsync(action.Id)).Select(s => s.Split(' ')[^1])];
        string[] once = ["C-BEGIN-RI", "C-PREPARE-RI", "C-READY-RI", "C-COMMIT-RI", "C-COMMIT-RC"];
        Assert.All(once, apdu => Assert.True(said.Count(s => s == apdu) == 1, $"{apdu} in {string.Join(", ", said)}"));
    }

    [Fact]
    public async Task Both_databases_roll_back()
    {
        await using AtomicAction action = await OpenAsync();
        (await PostAsync(action, "add")).EnsureSuccessStatusCode();
        await action.RollbackAsync();
        await world.ExpectAsync(_row, 0, 0);
    }

    [Fact]
    public async Task A_service_that_only_read_has_no_change()
    {
        await using AtomicAction action = await OpenAsync();
        using (CcrAmbient.Enter(action))
        {
            Assert.Equal("0", await _http.GetStringAsync(new Uri($"/read/{_row}", UriKind.Relative)));
        }

        Assert.Null((await action.TransCloseAsync()).Refusal);
        await world.ExpectAsync(_row, 1, 0);
        IReadOnlyList<string> said = await world.Tokyo.SaidAsync(action.Id);
        Assert.Contains(said, s => s.Contains("C-NOCHANGE", StringComparison.Ordinal));
        Assert.DoesNotContain(said, s => s.Contains("C-READY", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("throw", "the printer is on fire")]
    [InlineData("fail", "answered with 503")]
    public async Task A_request_that_fails_rolls_the_action_back(string what, string why)
    {
        await using AtomicAction action = await OpenAsync();
        Assert.False((await PostAsync(action, what)).IsSuccessStatusCode);
        CcrOutcome outcome = await action.TransCloseAsync();
        Assert.Contains(why, outcome.Refusal!.Text, StringComparison.Ordinal);
        await world.ExpectAsync(_row, 0, 0);
    }

    [Fact]
    public async Task Requests_at_a_time_share_one_branch_and_one_connection()
    {
        await using AtomicAction action = await OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 10).Select(
            async _ => (await PostAsync(action, "add")).EnsureSuccessStatusCode()));
        Assert.Null((await action.TransCloseAsync()).Refusal);
        await world.ExpectAsync(_row, 1, 10);
        IReadOnlyList<string> said = await world.Tokyo.SaidAsync(action.Id);
        Assert.Single(said, s => s.EndsWith("C-BEGIN-RI", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_an_action_the_request_goes_as_it_is()
    {
        using HttpResponseMessage alone = await _http.PostAsync(
            new Uri($"/add/{_row}", UriKind.Relative), null); // the service's database wants an action
        Assert.Equal(500, (int)alone.StatusCode);
        await using AtomicAction action = await OpenAsync();
        using (CcrAmbient.Enter(action))
        {
            Assert.Throws<NotSupportedException>(() => _http.Send(new HttpRequestMessage(HttpMethod.Post, "/add/1")));
            using IDisposable outside = CcrAmbient.EnterNothing();
            Assert.Null(CcrAmbient.Action);
        }

        Assert.Null((await action.TransCloseAsync()).Refusal);
        await world.ExpectAsync(_row, 1, 0);
    }

    [Fact]
    public async Task A_header_that_is_none_of_this_services_is_refused()
    {
        await using AtomicAction action = await OpenAsync();
        RequestContext good = await action.RequestContextAsync(_stock.Service.Name);
        Assert.Equal(400, await RawAsync("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
        Assert.Equal(400, await RawAsync(good.ToText(), good.ToText()));
        Assert.Equal(421, await RawAsync((good with { Server = "osaka.other" }).ToText()));
        Assert.Equal(409, await RawAsync((good with { Incarnation = good.Incarnation - 1 }).ToText()));
        Assert.Equal(200, await RawAsync(good.ToText()));
        Assert.Null((await action.TransCloseAsync()).Refusal);
        Assert.Equal(409, await RawAsync(good.ToText())); // after Prepare (SEM-8)
        await world.ExpectAsync(_row, 1, 1);
    }

    [Fact]
    public async Task A_service_that_does_not_run_refuses()
    {
        await using AtomicAction action = await OpenAsync();
        RequestContext good = await action.RequestContextAsync(_stock.Service.Name);
        await _stock.StopServiceAsync();
        Assert.Equal(503, await RawAsync(good.ToText()));
        Assert.False((await action.TransCloseAsync()).IsCommitted); // its branch went with it
        await world.ExpectAsync(_row, 0, 0);
    }

    [Fact]
    public async Task A_lost_answer_leaves_nothing_but_rollback()
    {
        await using AtomicAction action = await OpenAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => PostAsync(action, "cut"));
        CcrOutcome outcome = await action.TransCloseAsync();
        Assert.Equal(RefusalCode.AssociationLost, outcome.Refusal!.Code);
        await world.ExpectAsync(_row, 0, 0);
    }

    [Fact]
    public async Task A_client_that_does_not_wait_leaves_nothing_but_rollback()
    {
        await using AtomicAction action = await OpenAsync();
        using CancellationTokenSource impatient = new();
        Task<HttpResponseMessage> waiting = PostAsync(action, "wait", impatient.Token);
        await _stock.AtGate.Task;
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.False((await action.TransCloseAsync()).IsCommitted);
        await world.ExpectAsync(_row, 0, 0);
    }

    [Fact]
    public async Task A_rollback_stops_the_requests_at_work()
    {
        AtomicAction action = await OpenAsync();
        Task<HttpResponseMessage> waiting = PostAsync(action, "wait");
        await _stock.AtGate.Task;
        await action.RollbackAsync();
        CcrRefusedException refused = await Assert.ThrowsAsync<CcrRefusedException>(() => waiting);
        Assert.Equal(RefusalCode.NotBegun, refused.Refusal.Code);
        await world.ExpectAsync(_row, 0, 0);
    }

    [Fact]
    public async Task A_service_that_hangs_is_waited_for_no_longer_than_its_action_can_commit()
    {
        TaskCompletionSource never = new();
        await using TestService hung = await TestService.StartAsync(
            world.Osaka, world.NewName("osaka"), work: _ => never.Task);
        await world.Tokyo.FindsAsync(hung.Service.Name);
        await using AtomicAction action = await world.Tokyo.Client.OpenAsync(TimeSpan.FromMilliseconds(500));
        using IDisposable entered = CcrAmbient.Enter(action);

        CcrRefusedException told = await Assert.ThrowsAsync<CcrRefusedException>(
            () => hung.PostAsync("own", _row).WaitAsync(TimeSpan.FromSeconds(20)));

        Assert.Equal(RefusalCode.Timeout, told.Refusal.Code);
        never.SetResult();
    }

    [Fact]
    public async Task An_answer_that_is_faster_than_its_request_is_waited_for()
    {
        await using AtomicAction action = await OpenAsync();
        (await PostAsync(action, "late")).EnsureSuccessStatusCode();
        Task<CcrOutcome> closing = action.TransCloseAsync();
        _stock.Gate.SetResult();
        Assert.Null((await closing).Refusal);
        await world.ExpectAsync(_row, 1, 1);
    }

    [Fact]
    public async Task Opaque_octets_do_what_the_header_does()
    {
        await using AtomicAction action = await OpenAsync();
        byte[] octets = (await action.RequestContextAsync(_stock.Service.Name)).ToOctets();
        using (ActionRequest request = action.BeginRequest())
        {
            await _stock.Service.RunAsync(octets, (_, stop) => TestService.AddAsync(world.Stock, _row, stop));
            request.Answered();
        }

        Assert.Null((await action.TransCloseAsync()).Refusal);
        await world.ExpectAsync(_row, 1, 1);
        CcrRefusedException late = await Assert.ThrowsAsync<CcrRefusedException>(
            () => _stock.Service.RunAsync(octets, (_, _) => Task.CompletedTask));
        Assert.Equal(RefusalCode.NotBegun, late.Refusal.Code);
        await Assert.ThrowsAsync<CcrRefusedException>(
            () => _stock.Service.RunAsync(new byte[] { 1, 2 }, (_, _) => Task.CompletedTask));
    }

    /// <summary>An action in which tokyo's own database has work.</summary>
    private async Task<AtomicAction> OpenAsync()
    {
        AtomicAction action = await world.Tokyo.Client.OpenAsync();
        using IDisposable entered = CcrAmbient.Enter(action);
        await TestService.AddAsync(world.Orders, _row, CancellationToken.None);
        return action;
    }

    private async Task<HttpResponseMessage> PostAsync(
        AtomicAction action, string what, CancellationToken cancellation = default)
    {
        using IDisposable entered = CcrAmbient.Enter(action);
        return await _http.PostAsync(new Uri($"/{what}/{_row}", UriKind.Relative), null, cancellation);
    }

    private async Task<int> RawAsync(params string[] headers)
    {
        using HttpClient raw = new() { BaseAddress = _stock.Address };
        using HttpRequestMessage request = new(HttpMethod.Post, $"/add/{_row}");
        request.Headers.Add(RequestContext.Header, headers);
        using HttpResponseMessage answer = await raw.SendAsync(request);
        Assert.Equal(answer.IsSuccessStatusCode, !answer.Headers.Contains(CcrActionMiddleware.RefusedHeader));
        return (int)answer.StatusCode;
    }
}
