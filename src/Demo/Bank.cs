using System.Globalization;

namespace Ccr.Demo;

/// <summary>One account, tokyo/a07: a file of its node's file Server that holds the balance.</summary>
internal sealed record Account(string Name, string Node, long Balance)
{
    /// <summary>The file, relative to the file Server's root.</summary>
    public string Path => PathOf(Name);

    /// <summary>The file of an account, whether there is one or not.</summary>
    public static string PathOf(string name) => "accounts/" + name;
}

/// <summary>One line of transfers.csv.</summary>
internal sealed record Transfer(int Number, string From, string To, long Amount);

/// <summary>The accounts and transfers of samples/.</summary>
internal sealed class Bank
{
    private Bank(IReadOnlyList<Account> accounts, IReadOnlyList<Transfer> transfers)
    {
        Accounts = accounts.ToDictionary(a => a.Name, StringComparer.Ordinal);
        Transfers = transfers;
    }

    /// <summary>Every account, by its name.</summary>
    public IReadOnlyDictionary<string, Account> Accounts { get; }

    /// <summary>Every transfer, in the order of the CSV.</summary>
    public IReadOnlyList<Transfer> Transfers { get; }

    /// <summary>All money.</summary>
    public long Total => Accounts.Values.Sum(a => a.Balance);

    public static Bank Read(string folder)
    {
        Account[] accounts = [.. Rows(folder, "accounts.csv", "account", "node", "balance")
            .Select(row => new Account(row[0], row[1], Number(row[2], "accounts.csv")))];
        Transfer[] transfers = [.. Rows(folder, "transfers.csv", "from", "to", "amount")
            .Select((row, i) => new Transfer(i, row[0], row[1], Number(row[2], "transfers.csv")))];
        return new Bank(accounts, transfers);
    }

    private static IEnumerable<string[]> Rows(string folder, string file, params string[] columns)
    {
        string path = Path.Combine(folder, file);
        string[] lines = File.Exists(path) ? File.ReadAllLines(path) : [];
        string[] header = lines.Length == 0 ? [] : lines[0].Split(',');
        int[] at = [.. columns.Select(c => Array.IndexOf(header, c))];
        if (at.Contains(-1))
        {
            throw new DemoFailedException($"{path} is missing, or has not the columns {string.Join(", ", columns)}.");
        }

        foreach (string line in lines.Skip(1).Where(l => l.Length > 0))
        {
            string[] fields = line.Split(',');
            yield return [.. at.Select(i => fields[i])];
        }
    }

    private static long Number(string text, string file) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new DemoFailedException($"'{text}' in samples/{file} is no number.");
}
