using Ccr.Client;
using Ccr.Protocol.Messages;

namespace Ccr.Http.Tests;

/// <summary>Services that call services: deeper trees, diamonds, cycles (SEM-11).</summary>
[Collection("World")]
public sealed class TreeTests(World world)
{
    private readonly int _row = world.NewRow();

    [Fact]
    public async Task A_diamond_works_in_one_branch_of_the_service_below()
    {
        await using TestService stock = await TestService.StartAsync(
            world.Osaka, world.NewName("osaka"), world.Stock);
        await using TestService relay = await TestService.StartAsync(
            world.Nagoya, world.NewName("nagoya"), next: stock);
        await world.Nagoya.FindsAsync(stock.Service.Name);
        foreach (bool commit in (bool[])[true, false])
        {
            await using AtomicAction action = await OpenAsync(stock, relay);
            await Task.WhenAll(PostAsync(action, stock, "add"), PostAsync(action, relay, "relay/add"),
                PostAsync(action, stock, "add"), PostAsync(action, relay, "relay/add"));
            Assert.Equal(commit, (commit ? await action.TransCloseAsync() : await action.RollbackAsync()).IsCommitted);
            await world.ExpectAsync(_row, 1, 4);
        }
    }

    [Fact]
    public async Task Two_services_of_a_node_that_call_a_third_at_once_share_its_branch()
    {
        await using TestService stock = await TestService.StartAsync(
            world.Osaka, world.NewName("osaka"), world.Stock);
        await using TestService one = await TestService.StartAsync(
            world.Nagoya, world.NewName("nagoya"), next: stock);
        await using TestService two = await TestService.StartAsync(
            world.Nagoya, world.NewName("nagoya"), next: stock);
        await world.Nagoya.FindsAsync(stock.Service.Name);
        await using AtomicAction action = await OpenAsync(one, two);
        await Task.WhenAll(PostAsync(action, one, "relay/add"), PostAsync(action, two, "relay/add"));
        Assert.Null((await action.TransCloseAsync()).Refusal);
        await world.ExpectAsync(_row, 1, 2);
    }

    [Fact]
    public async Task A_service_that_fails_two_levels_down_rolls_all_back()
    {
        await using TestService stock = await TestService.StartAsync(
            world.Osaka, world.NewName("osaka"), world.Stock);
        await using TestService relay = await TestService.StartAsync(
            world.Nagoya, world.NewName("nagoya"), next: stock);
        await world.Nagoya.FindsAsync(stock.Service.Name);
        await using AtomicAction action = await OpenAsync(relay);
        await FailsAsync(action, relay, "relay/throw");
        CcrOutcome outcome = await action.TransCloseAsync();
        Assert.Matches("the printer is on fire|answered with 500", outcome.Refusal!.Text); // whichever is there first
        await world.ExpectAsync(_row, 0, 0);
    }

    [Fact]
    public async Task A_cycle_is_refused()
    {
        await using TestService first = await TestService.StartAsync(
            world.Tokyo, world.NewName("tokyo"), world.Orders);
        await using TestService relay = await TestService.StartAsync(
            world.Osaka, world.NewName("osaka"), next: first);
        await world.Osaka.FindsAsync(first.Service.Name);
        await using AtomicAction action = await OpenAsync(relay);
        await FailsAsync(action, relay, "relay/add");
        CcrOutcome outcome = await action.TransCloseAsync();
        Assert.Equal(RefusalCode.Cycle, outcome.Refusal!.Code);
        await world.ExpectAsync(_row, 0, 0);
    }

    [Fact]
    public async Task A_call_that_comes_back_to_its_own_service_is_told_so()
    {
        string name = world.NewName("tokyo");
        TestService? relay = null;
        await using TestService first = await TestService.StartAsync(
            world.Tokyo, name, world.Orders, options => options.RequestWaitMs = 200);
        await using (relay = await TestService.StartAsync(world.Tokyo, world.NewName("tokyo"), next: first))
        {
            await using AtomicAction action = await world.Tokyo.Client.TransOpenAsync([name]);
            using HttpClient http = first.NewClient();
            using IDisposable entered = CcrAmbient.Enter(action);
            Task waiting = http.PostAsync(new Uri($"/wait/{_row}", UriKind.Relative), null);
            await first.AtGate.Task;
            CcrRefusedException busy = await Assert.ThrowsAsync<CcrRefusedException>(
                () => http.PostAsync(new Uri($"/add/{_row}", UriKind.Relative), null));
            Assert.Contains("OneRequestAtATime", busy.Message, StringComparison.Ordinal);
            first.Gate.SetResult();
            await waiting;
            Assert.Null((await action.TransCloseAsync()).Refusal);
            await world.ExpectAsync(_row, 1, 0);
        }
    }

    private async Task<AtomicAction> OpenAsync(params TestService[] services)
    {
        foreach (TestService service in services)
        {
            await world.Tokyo.FindsAsync(service.Service.Name);
        }

        AtomicAction action = await world.Tokyo.Client.OpenAsync();
        using IDisposable entered = CcrAmbient.Enter(action);
        await TestService.AddAsync(world.Orders, _row, CancellationToken.None);
        return action;
    }

    private async Task PostAsync(AtomicAction action, TestService service, string what)
    {
        using HttpClient http = service.NewClient();
        using IDisposable entered = CcrAmbient.Enter(action);
        using HttpResponseMessage answer = await http.PostAsync(new Uri($"/{what}/{_row}", UriKind.Relative), null);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>
    /// The relay passes the failure on as 500, unless the rollback from below is there before the answer and stops it:
    /// then it was rolled back at work.
    /// </summary>
    private async Task FailsAsync(AtomicAction action, TestService relay, string what)
    {
        try
        {
            using HttpClient http = relay.NewClient();
            using IDisposable entered = CcrAmbient.Enter(action);
            using HttpResponseMessage answer = await http.PostAsync(new Uri($"/{what}/{_row}", UriKind.Relative), null);
            Assert.Equal(500, (int)answer.StatusCode);
        }
        catch (CcrRefusedException refused)
        {
            Assert.Contains("was rolled back", refused.Message, StringComparison.Ordinal);
        }
    }
}
