graph [
  DateObtained "17/02/11"
  GeoLocation "Tarnovia"
  GeoExtent "Country"
  Network "Tarnovia"
  Provenance "Primary"
  Note "An invented network"
  Version "1.0"
  Type "REN"
  Backbone 1
  Commercial 0
  label "Tarnovia"
  Customer 1
  IX 0
  DateModifier "="
  DateMonth "02"
  Layer "IP"
  Creator "drawn by hand"
  Developed 1
  Transit 0
  NetworkDate "2011_02"
  DateYear "2011"
  Testbed 0
  node [
    id 0
    label "Zangrad"
    Country "Tarnovia"
    Longitude 11.01534
    Internal 1
    Latitude 58.98597
  ]
  node [
    id 1
    label "Dunraham"
    Country "Tarnovia"
    Longitude 4.72846
    Internal 1
    Latitude 53.94829
  ]
  node [
    id 2
    label "Cordagrad"
    Country "Tarnovia"
    Longitude 12.61676
    Internal 1
    Latitude 65.90086
  ]
  node [
    id 3
    label "Ossstaholm"
    Country "Tarnovia"
    Longitude 9.39504
    Internal 1
    Latitude 58.75822
  ]
  node [
    id 4
    label "Wesrasund"
    Country "Tarnovia"
    Longitude 15.53904
    Internal 1
    Latitude 58.80904
  ]
  node [
    id 5
    label "Pelstadal"
    Country "Tarnovia"
    Longitude 9.57127
    Internal 1
    Latitude 50.33813
  ]
  node [
    id 6
    label "Gardadal"
    Country "Tarnovia"
    Longitude 9.13911
    Internal 1
    Latitude 60.25564
  ]
  node [
    id 7
    label "Jasnooria"
    Country "Tarnovia"
    Longitude 8.41044
    Internal 1
    Latitude 47.58933
  ]
  node [
    id 8
    label "Alnones"
    Country "Tarnovia"
    Longitude 27.19604
    Internal 1
    Latitude 49.83264
  ]
  node [
    id 9
    label "Holbeberg"
    Country "Tarnovia"
    Longitude 25.57486
    Internal 1
    Latitude 58.5888
  ]
  node [
    id 10
    label "Ivolesund"
    Country "Tarnovia"
    Longitude 20.19281
    Internal 1
    Latitude 54.84255
  ]
  node [
    id 11
    label "Ekoria"
    Country "Tarnovia"
    Longitude 19.00361
    Internal 1
    Latitude 54.52382
  ]
  node [
    id 12
    label "Falstaford"
    Country "Tarnovia"
    Longitude 22.62468
    Internal 1
    Latitude 66.91205
  ]
  node [
    id 13
    label "Torstaton"
    Country "Tarnovia"
    Longitude 10.04863
    Internal 1
    Latitude 64.9497
  ]
  node [
    id 14
    label "Bravaholm"
    Country "Tarnovia"
    Longitude 15.7838
    Internal 1
    Latitude 66.83797
  ]
  node [
    id 15
    label "Cordastad"
    Country "Tarnovia"
    Longitude 4.05399
    Internal 1
    Latitude 59.33226
  ]
  node [
    id 16
    label "Kelvik"
    Country "Tarnovia"
    Longitude 29.71847
    Internal 1
    Latitude 56.66767
  ]
  node [
    id 17
    label "Zanbeham"
    Country "Tarnovia"
    Longitude 7.17374
    Internal 1
    Latitude 55.01492
  ]
  node [
    id 18
    label "Kelbedal"
    Country "Tarnovia"
    Longitude 19.49327
    Internal 1
    Latitude 47.38923
  ]
  node [
    id 19
    label "Kelnodal"
    Country "Tarnovia"
    Longitude 29.81725
    Internal 1
    Latitude 62.18535
  ]
  node [
    id 20
    label "Wesbeberg"
    Country "Tarnovia"
    Longitude 9.24881
    Internal 1
    Latitude 56.28886
  ]
  node [
    id 21
    label "Ysbeham"
    Country "Tarnovia"
    Longitude 4.6422
    Internal 1
    Latitude 59.66459
  ]
  node [
    id 22
    label "Ravlestad"
    Country "Tarnovia"
    Longitude 27.6218
    Internal 1
    Latitude 54.21748
  ]
  node [
    id 23
    label "Dunstaford"
    Country "Tarnovia"
    Longitude 9.88605
    Internal 1
    Latitude 49.34577
  ]
  node [
    id 24
    label "Holdastad"
    Country "Tarnovia"
    Longitude 7.38512
    Internal 1
    Latitude 53.57466
  ]
  node [
    id 25
    label "Ekdal"
    Country "Tarnovia"
    Longitude 16.11
    Internal 1
    Latitude 45.07131
  ]
  node [
    id 26
    label "Garstad"
    Country "Tarnovia"
    Longitude 14.93684
    Internal 1
    Latitude 63.63589
  ]
  node [
    id 27
    label "Jasmiton"
    Country "Tarnovia"
    Longitude 20.81848
    Internal 1
    Latitude 48.1645
  ]
  node [
    id 28
    label "Zandaberg"
    Country "Tarnovia"
    Longitude 11.45806
    Internal 1
    Latitude 64.32738
  ]
  node [
    id 29
    label "Lomstad"
    Country "Tarnovia"
    Longitude 14.68937
    Internal 1
    Latitude 63.41228
  ]
  node [
    id 30
    label "Ossford"
    Country "Tarnovia"
    Longitude 5.79846
    Internal 1
    Latitude 55.32458
  ]
  node [
    id 31
    label "Aldal"
    Country "Tarnovia"
    Longitude 28.90974
    Internal 1
    Latitude 57.0356
  ]
  node [
    id 32
    label "Kelberg"
    Country "Tarnovia"
    Longitude 8.83193
    Internal 1
    Latitude 51.46826
  ]
  node [
    id 33
    label "Dunbeby"
    Country "Tarnovia"
    Longitude 9.70548
    Internal 1
    Latitude 49.55328
  ]
  node [
    id 34
    label "Mardal"
    Country "Tarnovia"
    Longitude 19.72106
    Internal 1
    Latitude 52.91368
  ]
  node [
    id 35
    label "Jastiby"
    Country "Tarnovia"
    Longitude 25.87169
    Internal 1
    Latitude 48.02934
  ]
  node [
    id 36
    label "Ulstavik"
    Country "Tarnovia"
    Longitude 14.63951
    Internal 1
    Latitude 45.08022
  ]
  node [
    id 37
    label "Ossdamouth"
    Country "Tarnovia"
    Longitude 12.61694
    Internal 1
    Latitude 62.03791
  ]
  node [
    id 38
    label "Jastisund"
    Country "Tarnovia"
    Longitude 14.2647
    Internal 1
    Latitude 58.71493
  ]
  node [
    id 39
    label "Lomledal"
    Country "Tarnovia"
    Longitude 24.21274
    Internal 1
    Latitude 53.08186
  ]
  node [
    id 40
    label "&#209;andara"
    Country "Tarnovia"
    Longitude 18.62969
    Internal 1
    Latitude 51.51019
  ]
  node [
    id 41
    label "Zanbegrad"
    Country "Tarnovia"
    Longitude 22.39652
    Internal 1
    Latitude 52.69804
  ]
  node [
    id 42
    label "Ekbenes"
    Country "Tarnovia"
    Longitude 15.6807
    Internal 1
    Latitude 54.87731
  ]
  node [
    id 43
    label "Marstastad"
    Country "Tarnovia"
    Longitude 17.65962
    Internal 1
    Latitude 59.27802
  ]
  node [
    id 44
    label "Jaswidal"
    Country "Tarnovia"
    Longitude 21.66425
    Internal 1
    Latitude 50.91053
  ]
  node [
    id 45
    label "Zanlewald"
    Country "Tarnovia"
    Longitude 21.79823
    Internal 1
    Latitude 63.74048
  ]
  node [
    id 46
    label "Pelleton"
    Country "Tarnovia"
    Longitude 27.02553
    Internal 1
    Latitude 52.20947
  ]
  node [
    id 47
    label "Vinvagrad"
    Country "Tarnovia"
    Longitude 21.25569
    Internal 1
    Latitude 60.46866
  ]
  node [
    id 48
    label "Wesford"
    Country "Tarnovia"
    Longitude 24.15587
    Internal 1
    Latitude 59.19757
  ]
  node [
    id 49
    label "Ravmiton"
    Country "Tarnovia"
    Longitude 14.54978
    Internal 1
    Latitude 57.02335
  ]
  node [
    id 50
    label "Ysnomouth"
    Country "Tarnovia"
    Longitude 21.0162
    Internal 1
    Latitude 65.63059
  ]
  node [
    id 51
    label "Ekleoria"
    Country "Tarnovia"
    Longitude 27.74342
    Internal 1
    Latitude 57.46941
  ]
  node [
    id 52
    label "Corham"
    Country "Tarnovia"
    Longitude 13.17199
    Internal 1
    Latitude 50.39836
  ]
  node [
    id 53
    label "Wesradal"
    Country "Tarnovia"
    Longitude 7.94191
    Internal 1
    Latitude 50.70104
  ]
  node [
    id 54
    label "Eknodal"
    Country "Tarnovia"
    Longitude 17.37261
    Internal 1
    Latitude 56.08847
  ]
  node [
    id 55
    label "Peltivik"
    Country "Tarnovia"
    Longitude 23.24494
    Internal 1
    Latitude 56.18581
  ]
  node [
    id 56
    label "Wesdagrad"
    Country "Tarnovia"
    Longitude 26.1695
    Internal 1
    Latitude 51.833
  ]
  node [
    id 57
    label "Solstaham"
    Country "Tarnovia"
    Longitude 16.30101
    Internal 1
    Latitude 60.08066
  ]
  node [
    id 58
    label "Ravtigrad"
    Country "Tarnovia"
    Longitude 8.8126
    Internal 1
    Latitude 49.42734
  ]
  node [
    id 59
    label "Dunmiwald"
    Country "Tarnovia"
    Longitude 14.82675
    Internal 1
    Latitude 46.49669
  ]
  node [
    id 60
    label "Jasford"
    Country "Tarnovia"
    Longitude 25.5574
    Internal 1
    Latitude 60.8612
  ]
  node [
    id 61
    label "Garvastad"
    Country "Tarnovia"
    Longitude 30.83822
    Internal 1
    Latitude 63.7849
  ]
  node [
    id 62
    label "Dunranes"
    Country "Tarnovia"
    Longitude 24.20094
    Internal 1
    Latitude 66.42433
  ]
  node [
    id 63
    label "Solwiton"
    Country "Tarnovia"
    Longitude 25.98489
    Internal 1
    Latitude 48.31836
  ]
  node [
    id 64
    label "Eknograd"
    Country "Tarnovia"
    Longitude 17.77924
    Internal 1
    Latitude 48.92801
  ]
  node [
    id 65
    label "Ravvaby"
    Country "Tarnovia"
    Longitude 7.14261
    Internal 1
    Latitude 51.1603
  ]
  node [
    id 66
    label "Norwidal"
    Country "Tarnovia"
    Longitude 18.39672
    Internal 1
    Latitude 58.26502
  ]
  node [
    id 67
    label "Westiwald"
    Country "Tarnovia"
    Longitude 15.00035
    Internal 1
    Latitude 60.75852
  ]
  node [
    id 68
    label "Ysham"
    Country "Tarnovia"
    Longitude 26.45092
    Internal 1
    Latitude 63.16394
  ]
  node [
    id 69
    label "Duntistad"
    Country "Tarnovia"
    Longitude 8.27276
    Internal 1
    Latitude 66.18822
  ]
  node [
    id 70
    label "Holdaford"
    Country "Tarnovia"
    Longitude 18.86921
    Internal 1
    Latitude 56.78845
  ]
  node [
    id 71
    label "Ossstasund"
    Country "Tarnovia"
    Longitude 25.15645
    Internal 1
    Latitude 56.92251
  ]
  node [
    id 72
    label "Falvaby"
    Country "Tarnovia"
    Longitude 16.18558
    Internal 1
    Latitude 56.15616
  ]
  node [
    id 73
    label "Jasbeoria"
    Country "Tarnovia"
    Longitude 24.73217
    Internal 1
    Latitude 50.78272
  ]
  node [
    id 74
    label "Jasvavik"
    Country "Tarnovia"
    Longitude 21.11061
    Internal 1
    Latitude 64.8125
  ]
  node [
    id 75
    label "Wesdaton"
    Country "Tarnovia"
    Longitude 4.37391
    Internal 1
    Latitude 57.71324
  ]
  node [
    id 76
    label "Fallenes"
    Country "Tarnovia"
    Longitude 21.25426
    Internal 1
    Latitude 61.13964
  ]
  node [
    id 77
    label "Norbeberg"
    Country "Tarnovia"
    Longitude 20.24702
    Internal 1
    Latitude 49.79151
  ]
  node [
    id 78
    label "Solvawald"
    Country "Tarnovia"
    Longitude 6.52045
    Internal 1
    Latitude 61.7876
  ]
  node [
    id 79
    label "Ossstad"
    Country "Tarnovia"
    Longitude 12.86978
    Internal 1
    Latitude 54.79699
  ]
  node [
    id 80
    label "Ekwiford"
    Country "Tarnovia"
    Longitude 24.07432
    Internal 1
    Latitude 63.88651
  ]
  node [
    id 81
    label "Falholm"
    Country "Tarnovia"
    Longitude 8.87243
    Internal 1
    Latitude 51.44125
  ]
  node [
    id 82
    label "Dunbenes"
    Country "Tarnovia"
    Longitude 28.56044
    Internal 1
    Latitude 66.70898
  ]
  node [
    id 83
    label "Vinwivik"
    Country "Tarnovia"
    Longitude 22.0784
    Internal 1
    Latitude 58.42222
  ]
  node [
    id 84
    label "Vingrad"
    Country "Tarnovia"
    Longitude 12.60021
    Internal 1
    Latitude 65.59131
  ]
  node [
    id 85
    label "Brabedal"
    Country "Tarnovia"
    Longitude 17.73981
    Internal 1
    Latitude 56.58617
  ]
  node [
    id 86
    label "Falleholm"
    Country "Tarnovia"
    Longitude 18.79694
    Internal 1
    Latitude 63.08096
  ]
  node [
    id 87
    label "Eklestad"
    Country "Tarnovia"
    Longitude 25.41028
    Internal 1
    Latitude 48.763
  ]
  node [
    id 88
    label "Jastiholm"
    Country "Tarnovia"
    Longitude 27.53796
    Internal 1
    Latitude 47.61841
  ]
  node [
    id 89
    label "Alwigrad"
    Country "Tarnovia"
    Longitude 17.75683
    Internal 1
    Latitude 65.85853
  ]
  node [
    id 90
    label "Jasraberg"
    Country "Tarnovia"
    Longitude 11.03092
    Internal 1
    Latitude 45.58121
  ]
  node [
    id 91
    label "Alrastad"
    Country "Tarnovia"
    Longitude 22.98059
    Internal 1
    Latitude 62.94391
  ]
  node [
    id 92
    label "Jasbeberg"
    Country "Tarnovia"
    Longitude 30.5957
    Internal 1
    Latitude 46.86217
  ]
  node [
    id 93
    label "Ravnoville"
    Country "Tarnovia"
    Longitude 11.56556
    Internal 1
    Latitude 58.73181
  ]
  node [
    id 94
    label "Ivodaville"
    Country "Tarnovia"
    Longitude 27.36574
    Internal 1
    Latitude 46.55669
  ]
  node [
    id 95
    label "Marberg"
    Country "Tarnovia"
    Longitude 10.99174
    Internal 1
    Latitude 45.34341
  ]
  node [
    id 96
    label "Wesvadal"
    Country "Tarnovia"
    Longitude 22.25983
    Internal 1
    Latitude 45.11954
  ]
  node [
    id 97
    label "Kelford"
    Country "Tarnovia"
    Longitude 17.35339
    Internal 1
    Latitude 47.29599
  ]
  node [
    id 98
    label "Ravbeberg"
    Country "Tarnovia"
    Longitude 22.51301
    Internal 1
    Latitude 65.05662
  ]
  node [
    id 99
    label "Wesby"
    Country "Tarnovia"
    Longitude 27.70149
    Internal 1
    Latitude 50.05212
  ]
  edge [
    source 0
    target 1
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 1
    target 2
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 2
    target 3
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 3
    target 4
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 4
    target 5
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 5
    target 6
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 6
    target 7
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 7
    target 8
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 8
    target 9
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 9
    target 10
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 10
    target 11
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 11
    target 12
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 12
    target 13
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 13
    target 14
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 14
    target 15
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 15
    target 16
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 16
    target 17
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 17
    target 18
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 18
    target 19
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 19
    target 20
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 20
    target 21
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 21
    target 22
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 22
    target 23
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 23
    target 24
    LinkSpeed "10"
    LinkSpeedUnits "G"
    LinkLabel "10 Gbps"
    LinkSpeedRaw 10000000000.0
  ]
  edge [
    source 0
    target 25
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 0
    target 26
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 0
    target 27
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 28
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 29
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 1
    target 30
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 2
    target 31
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 2
    target 32
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 2
    target 33
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 3
    target 34
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 3
    target 35
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 3
    target 36
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 4
    target 37
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 4
    target 38
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 4
    target 39
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 5
    target 40
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 5
    target 41
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 5
    target 42
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 6
    target 43
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 6
    target 44
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 6
    target 45
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 7
    target 46
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 7
    target 47
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 7
    target 48
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 8
    target 49
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 8
    target 50
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 8
    target 51
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 9
    target 52
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 9
    target 53
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 9
    target 54
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 10
    target 55
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 10
    target 56
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 10
    target 57
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 11
    target 58
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 11
    target 59
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 11
    target 60
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 12
    target 61
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 12
    target 62
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 12
    target 63
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 13
    target 64
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 13
    target 65
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 13
    target 66
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 14
    target 67
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 14
    target 68
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 14
    target 69
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 15
    target 70
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 15
    target 71
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 15
    target 72
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 16
    target 73
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 16
    target 74
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 16
    target 75
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 17
    target 76
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 17
    target 77
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 17
    target 78
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 18
    target 79
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 18
    target 80
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 18
    target 81
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 19
    target 82
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 19
    target 83
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 19
    target 84
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 20
    target 85
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 20
    target 86
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 20
    target 87
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 21
    target 88
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 21
    target 89
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 21
    target 90
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 22
    target 91
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 22
    target 92
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 22
    target 93
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 23
    target 94
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 23
    target 95
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 23
    target 96
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 24
    target 97
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 24
    target 98
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
  edge [
    source 24
    target 99
    LinkSpeed "1"
    LinkSpeedUnits "G"
    LinkLabel "1 Gbps"
    LinkSpeedRaw 1000000000.0
  ]
]
