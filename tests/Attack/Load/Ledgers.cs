using System.Globalization;

namespace Ccr.Attack;

/// <summary>The accounts and lists that the load works on: files of all nodes' file Servers.</summary>
internal sealed class Ledgers(IReadOnlyList<AttackNode> nodes, int accounts, int lists)
{
    /// <summary>What each account has at the beginning.</summary>
    public const long First = 1000;

    public int Accounts => accounts;

    public int Lists => lists;

    /// <summary>The Server and the file of an account.</summary>
    public (string Server, string File) Account(int number) => Place(number, $"accounts-{number}");

    /// <summary>The Server and the file of a list.</summary>
    public (string Server, string File) List(int number) => Place(number, $"list-{number}");

    /// <summary>Lays down the files.</summary>
    public void Open()
    {
        for (int i = 0; i < accounts; i++)
        {
            File.WriteAllText(PathOf(Account(i)), Text(First));
        }

        for (int i = 0; i < lists; i++)
        {
            File.WriteAllText(PathOf(List(i)), "");
        }
    }

    /// <summary>All balances, from the disk.</summary>
    public async Task<long[]> BalancesAsync()
    {
        List<long> balances = [];
        for (int i = 0; i < accounts; i++)
        {
            balances.Add(Balance(await ReadAsync(Account(i))));
        }

        return [.. balances];
    }

    /// <summary>All lists, from the disk.</summary>
    public async Task<Dictionary<int, int[]>> ListsAsync()
    {
        Dictionary<int, int[]> all = [];
        for (int i = 0; i < lists; i++)
        {
            all[i] = Values(await ReadAsync(List(i)));
        }

        return all;
    }

    public static string Text(long number) => number.ToString(CultureInfo.InvariantCulture) + "\n";

    public static long Balance(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    public static int[] Values(string text) => [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(v => int.Parse(v, CultureInfo.InvariantCulture))];

    /// <summary>Reads a file that nobody may hold any more: an exclusive flock is refused while one does.</summary>
    private async Task<string> ReadAsync((string, string) place)
    {
        string content = "";
        await Until.HoldsAsync(
            () =>
            {
                try
                {
                    using FileStream file = new(
                        PathOf(place), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                    using StreamReader reader = new(file);
                    content = reader.ReadToEnd();
                    return Task.FromResult(true);
                }
                catch (IOException)
                {
                    return Task.FromResult(false);
                }
            },
            () => $"nobody holds {place} any more", TimeSpan.FromSeconds(30));
        return content;
    }

    private (string Server, string File) Place(int number, string file) => (nodes[number % nodes.Count].Files, file);

    private string PathOf((string Server, string File) place) =>
        nodes.Single(n => n.Files == place.Server).PathOf(place.Server, place.File);
}
