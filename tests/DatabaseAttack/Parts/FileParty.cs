using System.Globalization;

namespace Ccr.DatabaseAttack;

/// <summary>The files of a node's file Server, one for each action: "0" before, "1" after.</summary>
internal sealed class FileParty(AttackedNode node) : Party
{
    public override string Name => AttackedNode.FileServer;

    public override string Argument => $"files|{AttackedNode.FileServer}";

    public override bool IsDatabase => false;

    /// <summary>Makes the files of so many rows.</summary>
    public FileParty With(int rows)
    {
        for (int row = 1; row <= rows; row++)
        {
            File.WriteAllText(PathOf(row), "0");
        }

        return this;
    }

    public override async Task<int> ValueAsync(int row) =>
        int.Parse(await File.ReadAllTextAsync(PathOf(row)), CultureInfo.InvariantCulture);

    public override Task<int> PreparedAsync() => Task.FromResult(0); // the manager asks it what is in doubt

    /// <summary>To open a file for oneself alone is to lock it (flock): refused while another holds it.</summary>
    public override Task TouchAsync(int row)
    {
        using FileStream mine = new(PathOf(row), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        return Task.CompletedTask;
    }

    public override ValueTask DisposeAsync() => default; // the files are the node's

    private string PathOf(int row) => Path.Combine(
        node.Layout.FilesDirectory, string.Create(CultureInfo.InvariantCulture, $"r{row}"));
}
