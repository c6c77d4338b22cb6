using Ccr.Processes;

namespace Ccr.Attack;

/// <summary>What an aborted run left behind is removed by the next one; nothing else is.</summary>
public sealed class TestFolderTests
{
    [Fact]
    public void Only_folders_of_ours_to_which_nobody_writes_any_more_are_removed()
    {
        DirectoryInfo parent = Directory.CreateTempSubdirectory("ccr-left-");
        DateTime now = DateTime.UtcNow;
        string left = Make("ccr-abcdefgh.xyz", now.AddHours(-3), now.AddHours(-2));
        string used = Make("ccr-01234567.xyz", now.AddHours(-3), now.AddMinutes(-1));
        string other = Make("ccr-precious", now.AddHours(-3), now.AddHours(-3));

        TestFolder.RemoveLeft(parent.FullName, now.AddHours(-1));

        Assert.Equal((false, true, true), (Directory.Exists(left), Directory.Exists(used), Directory.Exists(other)));
        parent.Delete(recursive: true);

        string Make(string name, DateTime made, DateTime written)
        {
            DirectoryInfo folder = parent.CreateSubdirectory(name);
            string file = Path.Combine(folder.CreateSubdirectory("node").FullName, "log");
            File.WriteAllText(file, "x");
            File.SetLastWriteTimeUtc(file, written);
            Directory.SetLastWriteTimeUtc(Path.GetDirectoryName(file)!, made);
            Directory.SetLastWriteTimeUtc(folder.FullName, made);
            return folder.FullName;
        }
    }
}
