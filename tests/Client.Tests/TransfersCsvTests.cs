using Ccr.Samples.MakeTransfers;

namespace Ccr.Client.Tests;

public sealed class TransfersCsvTests
{
    private static readonly TransferTable Table = TransferTable.Make();

    [Fact]
    public void The_checked_in_files_are_what_the_generator_writes()
    {
        string samples = Path.Combine(AppContext.BaseDirectory, "samples");
        Assert.Equal(Table.AccountsCsv, File.ReadAllText(Path.Combine(samples, "accounts.csv")));
        Assert.Equal(Table.TransfersCsv, File.ReadAllText(Path.Combine(samples, "transfers.csv")));
    }

    [Fact]
    public void A_quarter_is_in_opposite_order_and_one_in_twenty_is_bound_to_be_refused()
    {
        Assert.Equal(40, Table.Accounts.Count);
        Assert.Equal(1_200, Table.Transfers.Count);
        int opposite = Table.Transfers.Zip(Table.Transfers.Skip(1)).Count(
            pair => pair.First.From == pair.Second.To && pair.First.To == pair.Second.From);
        Assert.True(opposite >= 300);
        Assert.Equal(60, Table.Transfers.Count(t => t.BoundToBeRefused));
        Assert.True(Table.Transfers.Count(t => t.From[..5] != t.To[..5]) > 800);
    }

    [Fact]
    public void What_is_refused_does_not_depend_on_the_order()
    {
        Dictionary<string, long> balances = Table.Accounts.ToDictionary(a => a.Name, a => a.Balance);
        long world = balances.Values.Sum();
        foreach (Transfer t in Table.Transfers)
        {
            bool known = balances.ContainsKey(t.From) && balances.ContainsKey(t.To);
            Assert.Equal(t.BoundToBeRefused, !known || t.Amount > world);
            if (!t.BoundToBeRefused)
            {
                Assert.NotEqual(t.From, t.To);
                balances[t.From] -= t.Amount; // all payments first, no receipt: the worst order there is
            }
        }

        Assert.All(balances.Values, balance => Assert.True(balance > 0));
    }
}
