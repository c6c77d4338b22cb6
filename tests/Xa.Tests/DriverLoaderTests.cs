using System.Data.Common;
using Ccr.Resources.Xa;
using MySqlConnector;
using Npgsql;

namespace Ccr.Xa.Tests;

public sealed class DriverLoaderTests
{
    [Fact]
    public void A_driver_that_the_program_has_is_found_by_name() =>
        Assert.Same(NpgsqlFactory.Instance, DriverLoader.Load("Npgsql.NpgsqlFactory, Npgsql"));

    [Fact]
    public void A_driver_is_loaded_from_a_path_with_what_it_needs()
    {
        string folder = Directory.CreateTempSubdirectory("ccr-driver-").FullName;
        string file = Path.Combine(folder, "MySqlConnector.dll");
        File.Copy(typeof(MySqlConnectorFactory).Assembly.Location, file);
        DbProviderFactory factory = DriverLoader.Load("MySqlConnector.MySqlConnectorFactory, MySqlConnector", file);
        Assert.NotSame(MySqlConnectorFactory.Instance, factory);
        Assert.Equal("MySqlConnection", factory.CreateConnection()!.GetType().Name);
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("Npgsql", null, "write TYPE, ASSEMBLY")]
    [InlineData("Npgsql.NpgsqlFactory, ", null, "write TYPE, ASSEMBLY")]
    [InlineData("Npgsql.NpgsqlFactory, Nowhere", null, "Give the path of Nowhere.dll")]
    [InlineData("Npgsql.Nothing, Npgsql", null, "has no type 'Npgsql.Nothing'")]
    [InlineData("Npgsql.NpgsqlConnection, Npgsql", null, "is no driver's factory")]
    [InlineData("Npgsql.NpgsqlFactory, Npgsql", "/nowhere/Npgsql.dll", "There is no file /nowhere/Npgsql.dll")]
    [InlineData("Npgsql.NpgsqlFactory, Npgsql", "/etc/passwd", "cannot be loaded")]
    public void What_is_wrong_is_said(string provider, string? path, string words) =>
        Assert.Contains(words, Assert.Throws<DriverException>(() => DriverLoader.Load(provider, path)).Message);

    [Fact]
    public void Another_assembly_at_the_path_is_refused() => Assert.Contains(
        "is the assembly MySqlConnector, not Npgsql",
        Assert.Throws<DriverException>(() => DriverLoader.Load(
            "Npgsql.NpgsqlFactory, Npgsql", typeof(MySqlConnectorFactory).Assembly.Location)).Message);
}
