using System.Globalization;
using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Resources.Files;

// transfer DIR AMOUNT FROM TO: moves money between two account files, whatever nodes they are on. DIR is the data
// folder of this node; FROM and TO are SERVER:PATH, as in
//   transfer data/tokyo 30 tokyo.files:accounts/a07 osaka.files:accounts/a03
if (args is not [string folder, string money, string from, string to]
    || !long.TryParse(money, CultureInfo.InvariantCulture, out long amount) || amount <= 0
    || from.Split(':') is not [string payer, string payerPath] || to.Split(':') is not [string payee, string payeePath])
{
    Console.Error.WriteLine("usage: transfer DIR AMOUNT SERVER:PATH SERVER:PATH");
    return 2;
}

try
{
    await using CcrFiles files = new();
    await using CcrClient client = await CcrClient.ConnectAsync(new NodeLayout(folder).ManagerSocket);

    // The victim of a deadlock, or of a node that was just restarted, is tried again as a new action.
    CcrRetryResult result = await CcrRetry.RunAsync(client, [.. new[] { payer, payee }.Distinct()], MoveAsync);
    Console.WriteLine($"{result.Outcome}, tried again {result.Retries} times");
    return result.Outcome.IsCommitted ? 0 : 1;

    // Both files change, or neither does: that is what the action is for.
    async Task MoveAsync(AtomicAction action, CancellationToken cancellation)
    {
        await AddAsync(payer, payerPath, -amount);
        await AddAsync(payee, payeePath, amount);

        async Task AddAsync(string server, string path, long change)
        {
            string? balance = await files.ReadTextAsync(action, server, path, forUpdate: true, cancellation);
            long left = long.Parse(balance ?? throw No($"there is no account {path}"), CultureInfo.InvariantCulture);
            left = left + change >= 0 ? left + change : throw No($"not enough money in {path}: {left}");
            await files.ReplaceTextAsync(action, server, path, $"{left}\n", cancellation);
        }
    }
}
catch (CcrManagerLostException e)
{
    Console.Error.WriteLine(e.Message); // nothing was done
    return 3;
}
catch (CcrOutcomeUnknownException e)
{
    Console.Error.WriteLine($"{e.Message} Ask later: ccrctl show {e.Action}");
    return 4;
}

static CcrRefusedException No(string why) => new(new Refusal(RefusalCode.Resource, why));
