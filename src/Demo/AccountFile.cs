using System.Globalization;
using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Resources.Files;

namespace Ccr.Demo;

/// <summary>The file of one account within one atomic action.</summary>
internal sealed class AccountFile(CcrFiles files, AtomicAction action, string account)
{
    // An account's name begins with its node's: there an account that nobody has will be missed.
    private readonly string _server = ServerOf(account);
    private readonly string _path = Account.PathOf(account);

    /// <summary>The name of the file Server that has the account.</summary>
    public static string ServerOf(string account) => account.Split('/')[0] + ".files";

    /// <summary>The balance; the file stays locked for us until the action ends.</summary>
    /// <exception cref="CcrRefusedException">There is no such account.</exception>
    public async Task<long> ReadForUpdateAsync(CancellationToken cancellation)
    {
        string? balance = await files.ReadTextAsync(action, _server, _path, forUpdate: true, cancellation)
            .ConfigureAwait(false);
        return balance is not null
            ? long.Parse(balance, CultureInfo.InvariantCulture)
            : throw new CcrRefusedException(new Refusal(RefusalCode.Resource, Replay.NoSuchAccount));
    }

    public Task WriteAsync(long balance, CancellationToken cancellation) =>
        files.ReplaceTextAsync(action, _server, _path, ContentOf(balance), cancellation);

    /// <summary>What the file of an account holds.</summary>
    public static string ContentOf(long balance) => balance.ToString(CultureInfo.InvariantCulture) + "\n";
}
